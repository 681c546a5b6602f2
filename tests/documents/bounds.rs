//! The numbers that documents give are those of the program: a row of a table whose last column is `in` names the
//! constants that its value stands for.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use loadlift::headless::page::grouped;
use syn::visit::{self, Visit};

use crate::markdown::{read, root};

/// What a constant holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Number(u64),
    Time(Duration),
}

impl Value {
    /// How a document may write it.
    fn forms(self) -> Vec<String> {
        match self {
            Self::Number(number) => {
                let mut forms = vec![number.to_string(), grouped(number)];
                for (shift, unit) in [(10, "KiB"), (20, "MiB"), (30, "GiB")] {
                    if number > 0 && number.is_multiple_of(1 << shift) {
                        forms.push(format!("{} {unit}", grouped(number >> shift)));
                    }
                }
                forms
            }
            Self::Time(time) => {
                let milliseconds = u64::try_from(time.as_millis()).unwrap();
                let units = [(1, "ms"), (1000, "s"), (60_000, "min"), (3_600_000, "h")];
                let whole = units.iter().filter(|(unit, _)| milliseconds.is_multiple_of(*unit));
                whole.map(|(unit, name)| format!("{} {name}", grouped(milliseconds / unit))).collect()
            }
        }
    }
}

/// What an expression of a constant comes to, if it is one of those that are read here.
fn evaluate(of: &syn::Expr) -> Option<Value> {
    let number = |of: &syn::Expr| match evaluate(of)? {
        Value::Number(number) => Some(number),
        Value::Time(_) => None,
    };
    match of {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) => {
            int.base10_parse().ok().map(Value::Number)
        }
        syn::Expr::Paren(it) => evaluate(&it.expr),
        syn::Expr::Binary(it) => {
            let (left, right) = (number(&it.left)?, number(&it.right)?);
            match it.op {
                syn::BinOp::Mul(_) => left.checked_mul(right),
                syn::BinOp::Add(_) => left.checked_add(right),
                syn::BinOp::Shl(_) => left.checked_shl(u32::try_from(right).ok()?),
                _ => None,
            }
            .map(Value::Number)
        }
        syn::Expr::Call(it) => {
            let syn::Expr::Path(path) = &*it.func else { return None };
            let words: Vec<String> = path.path.segments.iter().map(|word| word.ident.to_string()).collect();
            let count = number(it.args.first()?)?;
            match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["Duration", "from_secs"] => Some(Value::Time(Duration::from_secs(count))),
                ["Duration", "from_millis"] => Some(Value::Time(Duration::from_millis(count))),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The values of the constants of a name in one file.
struct Named<'a> {
    name: &'a str,
    found: Vec<Option<Value>>,
}

impl<'ast> Visit<'ast> for Named<'_> {
    fn visit_item_const(&mut self, it: &'ast syn::ItemConst) {
        if it.ident == self.name {
            self.found.push(evaluate(&it.expr));
        }
    }

    fn visit_impl_item_const(&mut self, it: &'ast syn::ImplItemConst) {
        if it.ident == self.name {
            self.found.push(evaluate(&it.expr));
        }
    }

    fn visit_item_mod(&mut self, it: &'ast syn::ItemMod) {
        if it.ident != "tests" {
            visit::visit_item_mod(self, it);
        }
    }
}

/// The value of a constant by its path, `tftp::rto::FLOOR`.
fn constant(path: &str) -> Result<Value, String> {
    let mut words: Vec<&str> = path.split("::").collect();
    let name = words.pop().unwrap_or_default();
    let mut folder = root().join("src");
    folder.extend(words);
    let files: [PathBuf; 2] = [folder.with_extension("rs"), folder.join("mod.rs")];
    let text = files.iter().find_map(|file| fs::read_to_string(file).ok());
    let text = text.ok_or_else(|| format!("{path}: there is no such module"))?;
    let mut named = Named { name, found: Vec::new() };
    named.visit_file(&syn::parse_file(&text).map_err(|wrong| format!("{path}: {wrong}"))?);
    match named.found[..] {
        [Some(value)] => Ok(value),
        [None] => Err(format!("{path}: its value cannot be made out")),
        [] => Err(format!("{path}: there is no such constant")),
        _ => Err(format!("{path}: there are several")),
    }
}

/// Whether a text has these words, and not as part of longer ones.
fn has(text: &str, words: &str) -> bool {
    let part_of_one = |c: char| c.is_alphanumeric() || c == ',' || c == '.';
    text.match_indices(words).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + words.len()..]);
        // A comma or a dot goes on with a number only where digits follow.
        let mut after = after.chars();
        let goes_on = match after.next() {
            Some(',' | '.') => after.next().is_some_and(char::is_numeric),
            Some(c) => c.is_alphanumeric(),
            None => false,
        };
        !before.ends_with(part_of_one) && !goes_on
    })
}

/// The rows of tables that end with the column `in`: text, value, names of constants.
fn rows(text: &str) -> Vec<(String, String, Vec<String>)> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let Some(row) = line.trim().strip_prefix('|').and_then(|row| row.strip_suffix('|')) else {
            inside = false;
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if let [.., "in"] = cells[..] {
            inside = true;
        } else if let (true, [text, value, constants]) = (inside, &cells[..])
            && !value.starts_with("---")
        {
            let names = constants.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            found.push(((*text).to_owned(), (*value).to_owned(), names));
        }
    }
    found
}

#[test]
fn the_bounds_in_the_documents_are_those_of_the_program() {
    let mut wrong = Vec::new();
    for (name, least) in [("docs/SECURITY.md", 30), ("docs/PROTOCOL.md", 14)] {
        let rows = rows(&read(name).text);
        assert!(rows.len() >= least, "{name}: {} rows name constants, there were {least}", rows.len());
        for (text, value, constants) in rows {
            if constants.is_empty() {
                wrong.push(format!("{name}: \"{text}\" names no constant"));
            }
            for constant_path in constants {
                match constant(&constant_path) {
                    Err(why) => wrong.push(format!("{name}: {why}")),
                    Ok(is) if !is.forms().iter().any(|form| has(&value, form)) => {
                        wrong.push(format!(
                            "{name}: \"{text}\" says {value}; {constant_path} is {}",
                            is.forms()[0]
                        ));
                    }
                    Ok(_) => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_number_is_seen() {
    let time = |milliseconds| Value::Time(Duration::from_millis(milliseconds));
    assert_eq!(Value::Number(4096).forms(), ["4096", "4,096", "4 KiB"]);
    assert_eq!(time(60_000).forms(), ["60,000 ms", "60 s", "1 min"]);
    assert!(has("2,000, then one each 140 ms", "2,000") && has("2,000, then one each 140 ms", "140 ms"));
    for (text, words) in [("14,096", "4,096"), ("4,096,000", "4,096"), ("15 s", "5 s"), ("5 seconds", "5 s")]
    {
        assert!(!has(text, words), "{text}: {words}");
    }
    let of = |text: &str| evaluate(&syn::parse_str(text).unwrap());
    assert_eq!(of("8 << 20"), Some(Value::Number(8 << 20)));
    assert_eq!(of("Duration::from_secs(30 * 60)"), Some(time(1_800_000)));
    assert_eq!(of("later()"), None);
    assert_eq!(constant("tftp::rto::FLOOR"), Ok(time(25)));
    assert!(constant("tftp::rto::CELLAR").is_err() && constant("tftp::nowhere::FLOOR").is_err());
    let table =
        "| bound | value | in |\n| --- | --- | --- |\n| a | 3 | `x::Y`, `x::Z` |\n\n| a | 4 | `x::Y` |\n";
    assert_eq!(rows(table), [("a".to_owned(), "3".to_owned(), vec!["x::Y".to_owned(), "x::Z".to_owned()])]);
}
