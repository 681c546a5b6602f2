//! A DHCP server that somebody named and that is not in the catalog.

use super::{Catalog, DhcpServer};
use crate::error::{Advice, printable};

/// No DHCP server of that name is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no DHCP server `{asked}` is known")]
pub struct DhcpServerError {
    /// The name.
    pub asked: String,
    /// The kinds that are known.
    pub known: Vec<String>,
}

impl Catalog {
    /// Like [`Catalog::dhcp_server`], with an error that says what is known instead.
    pub fn expect_dhcp_server(&self, asked: &str) -> Result<&DhcpServer, DhcpServerError> {
        self.dhcp_server(asked).ok_or_else(|| DhcpServerError {
            asked: printable(asked.trim(), 40),
            known: self.dhcp_servers().iter().map(|server| server.id.clone()).collect(),
        })
    }
}

impl Advice for DhcpServerError {
    fn code(&self) -> &'static str {
        "dhcp-server-unknown"
    }

    fn advice(&self) -> Vec<String> {
        vec![
            format!("Known are {}.", self.known.join(", ")),
            "On any other server: option number 150, type list of IP addresses, in the scope of the phones' VLAN."
                .into(),
        ]
    }
}
