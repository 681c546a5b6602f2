//! Sockets: they carry datagrams between the network and the core, and decide nothing about protocol.

pub mod bench;
pub mod bind;
pub mod dhcp;
pub mod interfaces;
pub mod naming;
pub mod pages;
pub mod phones;
pub mod presence;
pub mod self_read;
pub mod tftp;
