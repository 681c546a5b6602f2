//! Text that has to fit: cut with a mark, wrapped at words, numbers for people. By columns, not by characters.

use std::time::Duration;

use ratatui::text::Span;

/// Columns that a text takes on the screen.
pub fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// The text in at most `room` columns; what is cut off is marked by `cut` at the end.
pub fn fit(text: &str, room: usize, cut: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut out = take(text, room.saturating_sub(width(cut)));
    if room >= width(cut) {
        out.push_str(cut);
    }
    out
}

/// The text in at most `room` columns, cut between two words where it has to be.
pub fn fit_words(text: &str, room: usize, cut: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let fitted = fit(text, room, "");
    let left = room.saturating_sub(width(cut));
    let head = take(&fitted, left);
    match head.rfind(' ').filter(|at| *at * 2 > left) {
        // What is left is marked as cut, with no comma or colon hanging behind it.
        Some(at) => format!("{}{cut}", head[..at].trim_end_matches([',', ':', ';', ' '])),
        None => fit(text, room, cut),
    }
}

/// The text in at most `room` columns; what is cut out is marked by `cut` in the middle, for names whose ends matter.
pub fn fit_middle(text: &str, room: usize, cut: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let left = room.saturating_sub(width(cut));
    let tail: String = take(&text.chars().rev().collect::<String>(), left / 2).chars().rev().collect();
    let head = take(text, left - width(&tail).min(left));
    if room < width(cut) { head } else { format!("{head}{cut}{tail}") }
}

/// As much of the beginning as goes into `room` columns.
fn take(text: &str, room: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let columns = width(c.encode_utf8(&mut [0; 4]));
        if used + columns > room {
            break;
        }
        used += columns;
        out.push(c);
    }
    out
}

/// The text in lines of at most `room` columns, broken at blanks; a longer word is broken anywhere.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let needed = width(&line) + usize::from(!line.is_empty()) + width(word);
            if !line.is_empty() && needed > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            let mut rest = word.to_owned();
            while width(&rest) > room {
                let head = take(&rest, room);
                if head.is_empty() {
                    break; // a single character that is wider than the room
                }
                rest.drain(..head.len());
                lines.push(head);
            }
            line.push_str(&rest);
        }
        lines.push(line);
    }
    lines
}

/// `1.4 MB/s`, `310 kB/s`.
pub fn rate(octets_a_second: f64) -> String {
    format!("{}/s", octets(octets_a_second))
}

/// `9.6 MB`, `310 kB`, `648 B`.
pub fn octets(octets: f64) -> String {
    match octets {
        octets if octets >= 999.5e6 => format!("{:.1} GB", octets / 1e9),
        octets if octets >= 999.5e3 => format!("{:.1} MB", octets / 1e6),
        octets if octets >= 1e3 => format!("{:.0} kB", octets / 1e3),
        octets => format!("{octets:.0} B"),
    }
}

/// `2:05`, `1:02:05`.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `1 phone`, `20 phones`.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_text_it_never_exceeds_its_room(text in ".{0,60}", room in 0..40_usize) {
            prop_assert!(width(&fit(&text, room, "…")) <= room);
            prop_assert!(width(&fit_middle(&text, room, "…")) <= room);
            prop_assert!(width(&fit_words(&text, room, "…")) <= room);
        }

        #[test]
        fn wrapped_lines_keep_every_letter(text in "[a-zé字 ]{0,80}", room in 2..30_usize) {
            let lines = wrap(&text, room);
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            for line in &lines {
                prop_assert!(width(line) <= room, "`{}` in {}", line, room);
            }
        }
    }

    #[test]
    fn a_name_is_cut_where_it_says_least() {
        assert_eq!(fit("Interface", 6, "…"), "Inter…");
        assert_eq!(fit_middle("jar45sccp.8-5-2TH1-9.sbn", 16, "…"), "jar45scc…1-9.sbn");
        assert_eq!(fit("Path", 4, "…"), "Path");
        assert_eq!(fit_words("9.4(2)SR3 is too new: loads from 8.5(2)SR1", 26, "…"), "9.4(2)SR3 is too new…");
    }

    #[test]
    fn numbers_read_as_a_technician_says_them() {
        assert_eq!(
            [octets(648.0), octets(310_200.0), octets(9.6e6), octets(4.21e9)],
            ["648 B", "310 kB", "9.6 MB", "4.2 GB"]
        );
        assert_eq!(rate(999_900.0), "1.0 MB/s");
        assert_eq!([clock(Duration::from_secs(125)), clock(Duration::from_secs(3725))], ["2:05", "1:02:05"]);
        assert_eq!([count(1, "phone"), count(0, "phone")], ["1 phone", "0 phones"]);
    }
}
