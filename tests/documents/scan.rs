//! Reads out of the sources which codes errors can have and which messages go with each, as they are shown: whatever
//! is filled in stands as `…`. The sources are read, and not the types, so that what Windows alone can say is there
//! on every system. They are read by a real parser, and what cannot be made out fails the test: no way to write an
//! error hides its code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};

/// What can be said under one code.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The messages whose words stand in the source.
    pub(crate) messages: BTreeSet<String>,
    /// Whether there are messages whose words are made elsewhere.
    pub(crate) open: bool,
    /// The files that use the code.
    pub(crate) files: BTreeSet<String>,
}

/// The sources without their tests: path below `src/`, text.
pub(crate) fn sources(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.ends_with("tests") {
                // Tests of the module beside it.
            } else if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
                let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
                found.push((name, text[..end].to_owned()));
            }
        }
    }
    found.sort();
    found
}

/// All codes of the program.
pub(crate) fn codes(sources: &[(String, String)]) -> BTreeMap<String, Said> {
    let mut found = BTreeMap::new();
    let mut unclear = Vec::new();
    for (file, text) in sources {
        let parsed = syn::parse_file(text).unwrap_or_else(|wrong| panic!("{file}: {wrong}"));
        let mut types = Types::default();
        types.visit_file(&parsed);
        let mut reader = Reader { file, types: types.0, found: &mut found, unclear: &mut unclear };
        reader.visit_file(&parsed);
    }
    assert!(unclear.is_empty(), "errors whose codes cannot be made out:\n{}", unclear.join("\n"));
    found
}

/// Every text of a source: what the program says, and what its comments for `--help` and for readers say.
pub(crate) fn texts(source: &str) -> Vec<String> {
    let parsed = syn::parse_file(source).unwrap();
    literals(|all| all.visit_file(&parsed))
}

/// What types say: by the name of the type, and of the variant (empty for a struct). Nothing where a type only passes
/// another's message on.
#[derive(Default)]
struct Types(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl<'ast> Visit<'ast> for Types {
    fn visit_item_enum(&mut self, it: &'ast syn::ItemEnum) {
        let variants = it.variants.iter();
        let said = variants.filter_map(|v| Some((v.ident.to_string(), of_attribute(&v.attrs)?)));
        self.0.insert(it.ident.to_string(), said.collect());
    }

    fn visit_item_struct(&mut self, it: &'ast syn::ItemStruct) {
        let said = of_attribute(&it.attrs).map(|said| (String::new(), said));
        self.0.insert(it.ident.to_string(), said.into_iter().collect());
    }
}

struct Reader<'a> {
    file: &'a str,
    types: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    found: &'a mut BTreeMap<String, Said>,
    unclear: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn unclear(&mut self, what: &str) {
        self.unclear.push(format!("{}: {what}", self.file));
    }

    fn said(&mut self, code: String) -> &mut Said {
        let said = self.found.entry(code).or_default();
        said.files.insert(self.file.to_owned());
        said
    }

    /// A type with advice: the codes of its `fn code`, and the messages of the variants that have them.
    fn of_type(&mut self, it: &syn::ItemImpl) {
        let name = last_word(&it.self_ty);
        let Some(variants) = self.types.get(&name).cloned() else {
            return self.unclear(&format!("{name} is not beside its advice"));
        };
        let code = it.items.iter().find_map(|item| match item {
            syn::ImplItem::Fn(it) if it.sig.ident == "code" => Some(&it.block),
            _ => None,
        });
        let Some(code) = code else { return self.unclear(&format!("{name} has advice and no code")) };
        let [syn::Stmt::Expr(syn::Expr::Match(choice), None)] = &code.stmts[..] else {
            for code in literals(|all| all.visit_block(code)) {
                let messages: Vec<String> = variants.values().flatten().cloned().collect();
                self.said(code).messages.extend(messages);
            }
            return;
        };
        for arm in &choice.arms {
            let mut named = Vec::new();
            if !names(&arm.pat, &mut named) {
                self.unclear(&format!("{name} gives a code to what it does not name"));
            }
            for code in literals(|all| all.visit_expr(&arm.body)) {
                for variant in &named {
                    match variants.get(variant).cloned() {
                        Some(messages) => self.said(code.clone()).messages.extend(messages),
                        None => self.unclear(&format!("{name}::{variant} has no message")),
                    }
                }
            }
        }
    }

    /// An error put together on the spot: whatever has a code and advice.
    fn of_literal(&mut self, it: &syn::ExprStruct) {
        let field = |name: &str| {
            let is = |member: &syn::Member| matches!(member, syn::Member::Named(own) if own == name);
            it.fields.iter().find(|field| is(&field.member)).map(|field| &field.expr)
        };
        let (Some(code), Some(_)) = (field("code"), field("advice")) else { return };
        match code {
            syn::Expr::Lit(_) => {}
            // Another error's, which is found where that one is.
            syn::Expr::MethodCall(call) if call.method == "code" => return,
            syn::Expr::Field(_) => return,
            _ => return self.unclear("the code of an error is put together"),
        }
        let words = field("message").or(field("why"));
        let messages = words.map(|words| literals(|all| all.visit_expr(words))).unwrap_or_default();
        for code in literals(|all| all.visit_expr(code)) {
            let said = self.said(code);
            said.open |= messages.is_empty();
            said.messages.extend(messages.iter().map(|text| shown(text)));
        }
    }

    /// A check that is not well: how it stands, and its code behind that.
    fn of_checks<'e>(&mut self, values: impl Iterator<Item = &'e syn::Expr>) {
        if !self.file.starts_with("src/preflight/") {
            return;
        }
        let values: Vec<&syn::Expr> = values.collect();
        for pair in values.windows(2) {
            let (syn::Expr::Path(state), code @ syn::Expr::Lit(_)) = (pair[0], pair[1]) else { continue };
            let words: Vec<String> = state.path.segments.iter().map(|word| word.ident.to_string()).collect();
            if words.first().is_some_and(|word| word == "State")
                && words.last().is_some_and(|word| word != "Ok")
            {
                for code in literals(|all| all.visit_expr(code)) {
                    self.said(code).open = true;
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_impl(&mut self, it: &'ast syn::ItemImpl) {
        let of = it.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        if of.is_some_and(|name| name.ident == "Advice") && !is_for_tests(&it.attrs) {
            self.of_type(it);
        }
        visit::visit_item_impl(self, it);
    }

    fn visit_item_mod(&mut self, it: &'ast syn::ItemMod) {
        if !is_for_tests(&it.attrs) {
            visit::visit_item_mod(self, it);
        }
    }

    fn visit_expr_struct(&mut self, it: &'ast syn::ExprStruct) {
        self.of_literal(it);
        visit::visit_expr_struct(self, it);
    }

    fn visit_expr_call(&mut self, it: &'ast syn::ExprCall) {
        self.of_checks(it.args.iter());
        visit::visit_expr_call(self, it);
    }

    fn visit_expr_tuple(&mut self, it: &'ast syn::ExprTuple) {
        self.of_checks(it.elems.iter());
        visit::visit_expr_tuple(self, it);
    }

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        // What a macro writes is not seen here.
        let tokens = it.tokens.to_string();
        if tokens.contains("Advice for") || (tokens.contains("code :") && tokens.contains("advice :")) {
            self.unclear("an error is written by a macro");
        }
    }
}

/// The words of `#[error(…)]`.
fn of_attribute(attributes: &[syn::Attribute]) -> Option<Vec<String>> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("error"))?;
    let syn::Meta::List(list) = &attribute.meta else { return None };
    let all: Vec<String> = quoted(&list.tokens.to_string()).iter().map(|text| shown(text)).collect();
    // Where nothing but something filled in is shown, that is one of the texts behind it.
    Some(match all.split_first() {
        Some((first, rest)) if first == "…" => rest.to_vec(),
        Some((first, _)) => vec![first.clone()],
        None => Vec::new(),
    })
}

/// A format string as it is shown, with `…` for what is filled in.
fn shown(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        if rest[at + 1..].starts_with(brace) {
            out.push_str(brace);
            rest = &rest[at + 2..];
        } else {
            if !out.ends_with('…') {
                out.push('…');
            }
            rest = rest[at..].split_once('}').map_or("", |(_, after)| after);
        }
    }
    out.push_str(rest);
    out
}

/// The string literals of a piece of source; of a macro the first, which is the format.
fn literals(visit: impl FnOnce(&mut Literals)) -> Vec<String> {
    let mut all = Literals(Vec::new());
    visit(&mut all);
    all.0
}

struct Literals(Vec<String>);

impl<'ast> Visit<'ast> for Literals {
    fn visit_lit_str(&mut self, it: &'ast syn::LitStr) {
        self.0.push(it.value());
    }

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        self.0.extend(quoted(&it.tokens.to_string()).into_iter().next());
    }
}

/// The string literals in the text of tokens.
fn quoted(tokens: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = tokens;
    while let Some(at) = rest.find('"') {
        let mut escaped = false;
        let end = rest[at + 1..].find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let Some(end) = end.map(|end| at + 1 + end) else { break };
        found.extend(syn::parse_str::<syn::LitStr>(&rest[at..=end]).map(|literal| literal.value()));
        rest = &rest[end + 1..];
    }
    found
}

/// The variants that a pattern names. Answers whether it names all that it matches.
fn names(pattern: &syn::Pat, found: &mut Vec<String>) -> bool {
    let path = match pattern {
        syn::Pat::Or(it) => return it.cases.iter().all(|case| names(case, found)),
        syn::Pat::Path(it) => &it.path,
        syn::Pat::Struct(it) => &it.path,
        syn::Pat::TupleStruct(it) => &it.path,
        _ => return false,
    };
    found.extend(path.segments.last().map(|name| name.ident.to_string()));
    true
}

fn last_word(of: &syn::Type) -> String {
    let syn::Type::Path(path) = of else { return String::new() };
    path.path.segments.last().map(|name| name.ident.to_string()).unwrap_or_default()
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    let is = |list: &syn::MetaList| list.path.is_ident("cfg") && list.tokens.to_string() == "test";
    attributes.iter().any(|attribute| matches!(&attribute.meta, syn::Meta::List(list) if is(list)))
}
