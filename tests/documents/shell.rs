//! Lines for a shell, taken apart as far as documents need it.

/// The commands of a text: without `sudo`, variables set in front of them and comments. A line may have several, and
/// one may go over several lines.
pub(crate) fn commands(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for mut words in text.replace("\\\n", " ").lines().flat_map(split) {
        while words.first().is_some_and(|word| word == "sudo" || word == "$" || is_variable(word)) {
            words.remove(0);
        }
        if !words.is_empty() {
            found.push(words);
        }
    }
    found
}

fn is_variable(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

/// Words of the commands in a line.
fn split(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    let mut letters = line.chars().peekable();
    while let Some(c) = letters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            // Before a letter it is one of Windows' paths, which stand in documents as they are typed there.
            (None, '\\') if letters.peek().is_some_and(|next| !next.is_alphanumeric()) => {
                word.extend(letters.next());
            }
            (None, '#') if word.is_empty() => break,
            (None, '|' | ';' | '&') => {
                end(&mut commands, &mut word);
                commands.push(Vec::new());
            }
            // A placeholder may have blanks in it: `<NAME OF IT>`.
            (None, '<') => {
                word.push(c);
                for inner in letters.by_ref() {
                    word.push(inner);
                    if inner == '>' {
                        break;
                    }
                }
            }
            (None, c) if c.is_whitespace() => end(&mut commands, &mut word),
            (_, c) => word.push(c),
        }
    }
    end(&mut commands, &mut word);
    commands.retain(|words| !words.is_empty());
    // What is written to a file is no argument.
    for words in &mut commands {
        if let Some(at) = words.iter().position(|word| word.starts_with('>')) {
            words.truncate(at);
        }
    }
    commands
}

fn end(commands: &mut [Vec<String>], word: &mut String) {
    let word = std::mem::take(word);
    if let (false, Some(last)) = (word.is_empty(), commands.last_mut()) {
        last.push(word);
    }
}

/// A word with an example for each `<PLACEHOLDER>` in it.
pub(crate) fn filled(word: &str, example: &str) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((_, behind)) = after.split_once('>') else { break };
        out.push_str(before);
        out.push_str(example);
        rest = behind;
    }
    out + rest
}

/// Whether somebody has to fill something in: `<ADDRESS>`, `FOLDER`, `SOURCE...`.
pub(crate) fn has_placeholder(word: &str) -> bool {
    let bare = word.trim_end_matches('.');
    let capitals = bare.len() > 1 && bare.chars().all(|c| c.is_ascii_uppercase() || c == '-' || c == '_');
    capitals && !bare.starts_with('-') || (word.contains('<') && word.contains('>'))
}

#[test]
fn lines_are_taken_apart_as_a_shell_does() {
    let text = "sudo A=1 loadlift path --target \"8.5(2) SR1\"  # why\nx 8.5\\(2\\) F:\\kit | y \\\n  z\nloadlift a > b\n";
    let words: Vec<String> = commands(text).iter().map(|words| words.join("^")).collect();
    assert_eq!(words, ["loadlift^path^--target^8.5(2) SR1", "x^8.5(2)^F:\\kit", "y^z", "loadlift^a"]);
    assert_eq!(filled("--value=<A B>,<C>", "x"), "--value=x,x");
    assert!(has_placeholder("SOURCE...") && has_placeholder("<a>") && !has_placeholder("Downloads"));
}
