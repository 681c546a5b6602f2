//! The wish to end the program, as each system says it.

/// Completes at Ctrl-C, or when the system ends the program: SIGTERM and SIGHUP, or on Windows Ctrl-Break, a closed
/// console window, logging off, shutting down. Can be waited for again and again.
///
/// Without the right to listen it never completes, and the system's default (the program ends at once) holds.
pub async fn interrupted() {
    system::interrupted().await;
}

#[cfg(unix)]
mod system {
    use tokio::signal::unix::{SignalKind, signal};

    pub(super) async fn interrupted() {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

#[cfg(windows)]
mod system {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};

    pub(super) async fn interrupted() {
        let (Ok(mut c), Ok(mut broken), Ok(mut close), Ok(mut logoff), Ok(mut shutdown)) =
            (ctrl_c(), ctrl_break(), ctrl_close(), ctrl_logoff(), ctrl_shutdown())
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = c.recv() => {}
            _ = broken.recv() => {}
            _ = close.recv() => {}
            _ = logoff.recv() => {}
            _ = shutdown.recv() => {}
        }
    }
}
