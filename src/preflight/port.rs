//! The UDP ports that the program needs: who holds one.

use std::net::IpAddr;

/// A program that holds a UDP port of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The address that it holds the port on; unspecified for all of them, `None` where the system does not say.
    pub address: Option<IpAddr>,
    /// Number of the process; `None` without the right to know.
    pub pid: Option<u32>,
    /// The program's file name, or what the system calls the process; `None` without the right to know.
    pub program: Option<String>,
    /// The account that it runs under, where the system tells it.
    pub user: Option<String>,
}

impl Holder {
    /// `dnsmasq (process 812)`, `a program of the user root`, `another program`.
    pub fn words(&self) -> String {
        match (&self.program, self.pid, &self.user) {
            (Some(program), Some(pid), _) => format!("{program} (process {pid})"),
            (Some(program), None, _) => program.clone(),
            (None, Some(pid), _) => format!("process {pid}"),
            (None, None, Some(user)) => format!("a program of the user {user}"),
            (None, None, None) => "another program".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_named_as_well_as_it_is_known() {
        let all = Holder {
            address: None,
            pid: Some(812),
            program: Some("dnsmasq".into()),
            user: Some("root".into()),
        };
        assert_eq!(all.words(), "dnsmasq (process 812)");
        let nameless = Holder { program: None, ..all.clone() };
        assert_eq!(nameless.words(), "process 812");
        let foreign = Holder { pid: None, ..nameless };
        assert_eq!(foreign.words(), "a program of the user root");
        assert_eq!(Holder { user: None, ..foreign }.words(), "another program");
    }
}
