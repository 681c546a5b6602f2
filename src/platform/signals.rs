//! The wish to end the program, as each system says it.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the system has ended the program, and asked nobody.
static ENDED: AtomicBool = AtomicBool::new(false);

/// Whether the system has ended the program ([`Wish::End`]): the terminal may be gone, and nobody can be asked anything.
pub fn ended() -> bool {
    ENDED.load(Ordering::Relaxed)
}

/// How the system says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Somebody pressed Ctrl-C, or asked for the same: SIGINT.
    Interrupt,
    /// The system ends the program, and asks nobody: SIGTERM, SIGHUP, a closed window, logging off.
    End,
}

/// The wishes to end the program, none of which is lost while something else is done.
pub struct Wishes(Option<system::Listening>);

impl Wishes {
    /// Listen from now on. Needs a tokio runtime. Without the right to listen there never is a wish, and the system's
    /// default (the program ends at once) holds.
    pub fn listen() -> Self {
        Self(system::Listening::begin().ok())
    }

    /// The next one.
    pub async fn next(&mut self) -> Wish {
        let wish = match &mut self.0 {
            Some(listening) => listening.next().await,
            None => std::future::pending().await,
        };
        if wish == Wish::End {
            ENDED.store(true, Ordering::Relaxed);
        }
        wish
    }
}

#[cfg(unix)]
mod system {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::Wish;

    pub(super) struct Listening {
        interrupt: Signal,
        terminate: Signal,
        hangup: Signal,
    }

    impl Listening {
        pub(super) fn begin() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
            })
        }

        pub(super) async fn next(&mut self) -> Wish {
            tokio::select! {
                _ = self.interrupt.recv() => Wish::Interrupt,
                _ = self.terminate.recv() => Wish::End,
                _ = self.hangup.recv() => Wish::End,
            }
        }
    }
}

#[cfg(windows)]
mod system {
    use std::io;

    use tokio::signal::windows::{
        CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_logoff,
        ctrl_shutdown,
    };

    use super::Wish;

    pub(super) struct Listening {
        c: CtrlC,
        broken: CtrlBreak,
        close: CtrlClose,
        logoff: CtrlLogoff,
        shutdown: CtrlShutdown,
    }

    impl Listening {
        pub(super) fn begin() -> io::Result<Self> {
            Ok(Self {
                c: ctrl_c()?,
                broken: ctrl_break()?,
                close: ctrl_close()?,
                logoff: ctrl_logoff()?,
                shutdown: ctrl_shutdown()?,
            })
        }

        pub(super) async fn next(&mut self) -> Wish {
            tokio::select! {
                _ = self.c.recv() => Wish::Interrupt,
                _ = self.broken.recv() => Wish::End,
                _ = self.close.recv() => Wish::End,
                _ = self.logoff.recv() => Wish::End,
                _ = self.shutdown.recv() => Wish::End,
            }
        }
    }
}
