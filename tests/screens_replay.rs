//! A recorded session as it is played in the wizard's screens, at the sizes that count.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::net::Ipv4Addr;
use std::time::Duration;

use loadlift::catalog::Catalog;
use loadlift::fleet::Fleet;
use loadlift::journal::{Event, How, Option150, Record};
use loadlift::session::models;
use loadlift::ui::screens::{self, Scene};
use loadlift::ui::theme::Theme;
use loadlift::wizard::replay::Player;
use loadlift::wizard::{Key, Moment, StepKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZES: [(u16, u16); 4] = [(80, 24), (100, 30), (160, 50), (50, 12)];

/// The log of a rehearsal that was walked on the command line, with what a technician does around it.
fn session() -> Vec<Record> {
    let log = include_str!("../fuzz/seeds/log/rehearsal.jsonl");
    let mut records: Vec<Record> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cucm = Option150::Addresses(vec![Ipv4Addr::new(10, 1, 1, 10)]);
    let value = Ipv4Addr::LOCALHOST;
    let (first, last) = (records[0].at, records.last().unwrap().at);
    let announced = Event::Option150Announced { value, before: cucm.clone(), how: How::ByHand };
    let confirmed =
        Event::Option150Confirmed { value, by: Some("A. B.".into()), how: How::ByHand, why: None };
    let back = Event::Option150Back { to: cucm, by: Some("A. B.".into()), how: How::ByHand, why: None };
    let end = records.len() - 1;
    records.insert(end, Record { at: last, event: back });
    records.insert(1, Record { at: first, event: confirmed });
    records.insert(1, Record { at: first, event: announced });
    records
}

fn player() -> Player {
    let fleet = Fleet::new(models(Catalog::embedded()));
    Player::new("20261125-023149-rehearse", session(), fleet, 5).unwrap()
}

/// Play until it is so.
fn until(player: &mut Player, what: &str, is: impl Fn(&Player) -> bool) {
    for _ in 0..10_000 {
        if is(player) {
            return;
        }
        player.pass(Duration::from_millis(20));
    }
    unreachable!("never in the recording: {what}");
}

fn shots(name: &str, player: &Player) {
    let theme = Theme::default();
    for (width, height) in SIZES {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let at = Moment { now: player.now(), fleet: player.fleet() };
        let scene = Scene { model: player.model(), at, theme: &theme };
        terminal.draw(|frame| drop(screens::draw(frame, &scene))).unwrap();
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), terminal.backend());
    }
}

#[test]
fn phones_load_and_the_recording_is_stopped() {
    let mut player = player();
    until(&mut player, "a phone that loads", |player| {
        player.model().step.kind() == StepKind::Transfer && player.fleet().len() > 1
    });
    player.press(Key::Char(' '));
    shots("transfer", &player);
    player.press(Key::Char('d'));
    shots("transfer-details", &player);
}

#[test]
fn the_end_is_the_report_and_the_log_can_be_read() {
    let mut player = player();
    until(&mut player, "its end", Player::is_over);
    assert_eq!(player.model().step.kind(), StepKind::Report);
    shots("report", &player);
    player.press(Key::Char('?'));
    shots("help", &player);
    player.press(Key::Esc);
    player.press(Key::Char('l'));
    shots("log", &player);
}
