//! TFTP without sockets or clock: packets, options, one transfer, the endpoint that owns them all.

pub mod packet;
