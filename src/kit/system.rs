//! For which system a program is, by what its file begins with.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A system that the program runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// Windows on x86-64.
    WindowsX86,
    /// Windows on ARM.
    WindowsArm,
    /// Linux on x86-64.
    LinuxX86,
    /// Linux on ARM.
    LinuxArm,
    /// macOS on Intel.
    MacosX86,
    /// macOS on Apple's own processors.
    MacosArm,
    /// macOS on both.
    MacosUniversal,
}

impl System {
    /// What a kit should have a program for, at least.
    pub const WANTED: [Self; 3] = [Self::WindowsX86, Self::LinuxX86, Self::MacosArm];

    /// What the program is called in a kit.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::WindowsX86 => "loadlift.exe",
            Self::WindowsArm => "loadlift-arm64.exe",
            Self::LinuxX86 => "loadlift-linux-x86_64",
            Self::LinuxArm => "loadlift-linux-arm64",
            Self::MacosX86 => "loadlift-macos-x86_64",
            Self::MacosArm => "loadlift-macos-arm64",
            Self::MacosUniversal => "loadlift-macos",
        }
    }

    /// Whether it is a Windows.
    pub fn is_windows(self) -> bool {
        matches!(self, Self::WindowsX86 | Self::WindowsArm)
    }

    /// Whether a program for this one does for `wanted` too.
    pub fn serves(self, wanted: Self) -> bool {
        self == wanted
            || (self == Self::MacosUniversal && matches!(wanted, Self::MacosArm | Self::MacosX86))
            // Both systems run the other processor's programs, if slowly.
            || (self == Self::MacosX86 && wanted == Self::MacosArm)
    }
}

/// Words that stand in every loadlift program, and in no other.
const MARK: &[u8] = b"loadlift: this file is the program itself";

/// For which system a file is a loadlift program.
pub fn program_of(octets: &[u8]) -> Result<System, NoProgram> {
    let system = system_of(octets).ok_or(NoProgram::NoSystem)?;
    // Seen from outside of the function, so that the words lie in the program as they are, in one piece.
    let mark = std::hint::black_box(MARK);
    let first = mark[0];
    let is_there =
        octets.iter().enumerate().any(|(at, &octet)| octet == first && octets[at..].starts_with(mark));
    if is_there { Ok(system) } else { Err(NoProgram::NotLoadlift(system)) }
}

/// Why a file is no loadlift program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoProgram {
    /// It is no program, or one for a system that loadlift does not run on.
    NoSystem,
    /// It is another program.
    NotLoadlift(System),
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::WindowsX86 => "Windows",
            Self::WindowsArm => "Windows (ARM)",
            Self::LinuxX86 => "Linux",
            Self::LinuxArm => "Linux (ARM)",
            Self::MacosX86 => "macOS (Intel)",
            Self::MacosArm => "macOS (Apple silicon)",
            Self::MacosUniversal => "macOS",
        })
    }
}

/// For which system a program is; `None` if it is none, or one for something else.
pub fn system_of(octets: &[u8]) -> Option<System> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(octets.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(octets.get(at..at + 4)?.try_into().ok()?));
    if octets.starts_with(b"\x7fELF\x02\x01") {
        // e_machine
        return match u16_at(18)? {
            62 => Some(System::LinuxX86),
            183 => Some(System::LinuxArm),
            _ => None,
        };
    }
    if octets.starts_with(b"MZ") {
        let header = usize::try_from(u32_at(0x3c)?).ok()?;
        if octets.get(header..header.checked_add(4)?)? != b"PE\0\0" {
            return None;
        }
        return match u16_at(header + 4)? {
            0x8664 => Some(System::WindowsX86),
            0xaa64 => Some(System::WindowsArm),
            _ => None,
        };
    }
    match u32_at(0)? {
        0xfeed_facf => match u32_at(4)? {
            0x0100_0007 => Some(System::MacosX86),
            0x0100_000c => Some(System::MacosArm),
            _ => None,
        },
        // A file for several processors, whose numbers are the other way round.
        0xbeba_feca => Some(System::MacosUniversal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_program_is_not_taken_for_loadlift() {
        let mut elf = vec![0; 64];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        elf[18] = 183;
        assert_eq!(program_of(&elf), Err(NoProgram::NotLoadlift(System::LinuxArm)));
        elf.extend_from_slice(b"lllloadlift: this file is the program itself.");
        assert_eq!(program_of(&elf), Ok(System::LinuxArm));
        assert_eq!(program_of(b"loadlift: this file is the program itself"), Err(NoProgram::NoSystem));
    }

    #[test]
    fn the_system_is_read_from_the_file() {
        let mut elf = vec![0; 64];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        elf[18] = 62;
        assert_eq!(system_of(&elf), Some(System::LinuxX86));
        let mut pe = vec![0; 256];
        pe[..2].copy_from_slice(b"MZ");
        pe[0x3c] = 128;
        pe[128..134].copy_from_slice(b"PE\0\0\x64\x86");
        assert_eq!(system_of(&pe), Some(System::WindowsX86));
        pe[0x3c..0x40].copy_from_slice(&[0xff; 4]);
        assert_eq!(system_of(&pe), None);
        assert_eq!(system_of(&[0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]), Some(System::MacosArm));
        for other in [&b""[..], b"MZ", b"#!/bin/sh", b"\x7fELF"] {
            assert_eq!(system_of(other), None);
        }
    }
}
