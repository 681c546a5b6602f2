//! Cookies of a browser's session, from the file that browsers and `curl` write (`cookies.txt`).

use url::Url;

/// Cookies that are kept at most.
const MOST: usize = 3000;

/// The cookies of a file.
#[derive(Debug, Clone, Default)]
pub struct Cookies(Vec<Cookie>);

#[derive(Debug, Clone)]
struct Cookie {
    domain: String,
    with_subdomains: bool,
    path: String,
    only_https: bool,
    name: String,
    value: String,
}

impl Cookies {
    /// Read the lines of seven fields that are there. `None` if there is not one: then it is no such file.
    ///
    /// Whether a cookie has run out is the server's to say.
    pub fn parse(text: &str) -> Option<Self> {
        let cookie = |line: &str| {
            let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
            let fields: Vec<&str> = line.split('\t').collect();
            let [domain, subdomains, path, secure, _, name, value] = fields[..] else { return None };
            let harmless = |text: &str| !text.contains(|c: char| c.is_control() || c == ';');
            (!line.starts_with('#') && harmless(name) && harmless(value)).then(|| Cookie {
                domain: domain.trim_start_matches('.').to_ascii_lowercase(),
                with_subdomains: subdomains.eq_ignore_ascii_case("true"),
                path: path.to_owned(),
                only_https: secure.eq_ignore_ascii_case("true"),
                name: name.to_owned(),
                value: value.to_owned(),
            })
        };
        let cookies: Vec<Cookie> = text.lines().filter_map(cookie).take(MOST).collect();
        (!cookies.is_empty()).then_some(Self(cookies))
    }

    /// The header `Cookie` for an address; `None` if none belongs there.
    pub fn header(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?.to_ascii_lowercase();
        let fits = |cookie: &&Cookie| {
            let below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
            let domain = host == cookie.domain || (cookie.with_subdomains && below(&cookie.domain));
            let path = cookie.path.trim_end_matches('/');
            let under = url.path() == path
                || url.path().strip_prefix(path).is_some_and(|rest| path.is_empty() || rest.starts_with('/'));
            domain && under && (!cookie.only_https || url.scheme() == "https")
        };
        let pairs: Vec<String> =
            self.0.iter().filter(fits).map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_goes_where_it_belongs_and_nowhere_else() {
        let file = "# Netscape HTTP Cookie File\n\
            .vendor.example\tTRUE\t/\tTRUE\t0\tsession\tabc\n\
            #HttpOnly_files.vendor.example\tFALSE\t/dl\tFALSE\t0\ttoken\tx y\n\
            evil\tTRUE\t/\tFALSE\t0\tname\ta;b\n";
        let cookies = Cookies::parse(file).unwrap();
        let header = |url: &str| cookies.header(&Url::parse(url).unwrap());
        assert_eq!(header("https://files.vendor.example/dl/x.zip").unwrap(), "session=abc; token=x y");
        assert_eq!(header("http://files.vendor.example/dl").unwrap(), "token=x y");
        assert_eq!(header("https://vendor.example/").unwrap(), "session=abc");
        for other in [
            "https://notvendor.example/",
            "http://vendor.example/",
            "http://files.vendor.example/dlx",
            "http://evil/",
        ] {
            assert_eq!(header(other), None, "{other}");
        }
        assert!(Cookies::parse("session=abc").is_none());
    }
}
