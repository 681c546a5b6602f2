//! The Windows firewall through its own programming interface (`INetFwPolicy2`): names and numbers, never text for
//! people, which is in the language of the system.
#![expect(unsafe_code, reason = "COM has no safe form")]

use std::thread;

use windows::Win32::Foundation::{E_ACCESSDENIED, RPC_E_CHANGED_MODE, VARIANT_BOOL, VARIANT_TRUE};
use windows::Win32::NetworkManagement::WindowsFirewall::{
    INetFwPolicy2, INetFwRule, NET_FW_ACTION_ALLOW, NET_FW_ACTION_BLOCK, NET_FW_MODIFY_STATE_GP_OVERRIDE,
    NET_FW_PROFILE_TYPE2, NET_FW_PROFILE2_ALL, NET_FW_RULE_DIR_IN, NetFwPolicy2, NetFwRule,
};
use windows::Win32::System::Com::{
    CLSCTX_INPROC_SERVER, COINIT_APARTMENTTHREADED, CoCreateInstance, CoInitializeEx, CoUninitialize,
    IDispatch,
};
use windows::Win32::System::Ole::IEnumVARIANT;
use windows::Win32::System::Variant::{VARIANT, VT_DISPATCH, VT_UNKNOWN};
use windows::core::{BSTR, Interface as _};

use crate::platform::firewall::RuleError;
use crate::preflight::firewall::{
    Firewall, Profile, ProfileKind, RULE, RULE_DESCRIPTION, Rule, WindowsFirewall,
};

/// More rules than any machine has; a broken list must not run for ever.
const RULES: usize = 20_000;
/// UDP, in numbers of protocols.
const UDP: i32 = 17;

pub(in crate::platform) fn read(_: &str, program: &str) -> Firewall {
    let program = program.to_owned();
    Firewall::Windows(in_apartment(move || look(&program)).map_err(|error| words(&error)))
}

pub(in crate::platform) fn open(program: &str) -> Result<(), RuleError> {
    let program = program.to_owned();
    in_apartment(move || add(&program)).map_err(|error| refused(&error))
}

pub(in crate::platform) fn close() -> Result<bool, RuleError> {
    in_apartment(remove).map_err(|error| refused(&error))
}

/// Do it on a thread of its own, which alone joins COM: the program's other threads stay as they are.
fn in_apartment<T: Send + 'static>(
    work: impl FnOnce() -> windows::core::Result<T> + Send + 'static,
) -> windows::core::Result<T> {
    let job = move || {
        // SAFETY: the thread is new, and leaves COM below, after everything of COM in `work` is gone.
        let joined = unsafe { CoInitializeEx(None, COINIT_APARTMENTTHREADED) };
        if joined.is_err() && joined != RPC_E_CHANGED_MODE {
            return Err(joined.into());
        }
        let done = work();
        if joined.is_ok() {
            // SAFETY: it was joined by this thread, once.
            unsafe { CoUninitialize() };
        }
        done
    };
    let fault = || windows::core::Error::from(windows::Win32::Foundation::E_FAIL);
    thread::spawn(job).join().unwrap_or_else(|_| Err(fault()))
}

fn policy() -> windows::core::Result<INetFwPolicy2> {
    // SAFETY: COM was joined by this thread.
    unsafe { CoCreateInstance(&NetFwPolicy2, None, CLSCTX_INPROC_SERVER) }
}

fn look(program: &str) -> windows::core::Result<WindowsFirewall> {
    let policy = policy()?;
    // SAFETY: as in all of this file, the objects are alive while they are borrowed, and belong to this thread.
    let types = unsafe { policy.CurrentProfileTypes() }?;
    let mut active = Vec::new();
    for kind in [ProfileKind::Domain, ProfileKind::Private, ProfileKind::Public] {
        if types & kind.bit() == 0 {
            continue;
        }
        let profile = NET_FW_PROFILE_TYPE2(kind.bit());
        // SAFETY: as above.
        let (enabled, blocks_all, action) = unsafe {
            (
                policy.get_FirewallEnabled(profile)?,
                policy.get_BlockAllInboundTraffic(profile).unwrap_or_default(),
                policy.get_DefaultInboundAction(profile).unwrap_or(NET_FW_ACTION_BLOCK),
            )
        };
        active.push(Profile {
            kind,
            enabled: enabled.as_bool(),
            blocks_all: blocks_all.as_bool(),
            blocks_by_default: action == NET_FW_ACTION_BLOCK,
        });
    }
    let mut rules = Vec::new();
    for_each_rule(&policy, |rule| {
        // A rule that cannot be read is none that could be spoken of.
        if let Ok(Some(rule)) = about_us(rule, program) {
            rules.push(rule);
        }
    })?;
    // SAFETY: as above.
    let modify = unsafe { policy.LocalPolicyModifyState() };
    let local_rules_count = modify.ok().map(|state| state != NET_FW_MODIFY_STATE_GP_OVERRIDE);
    Ok(WindowsFirewall { active, rules, local_rules_count })
}

fn for_each_rule(policy: &INetFwPolicy2, mut take: impl FnMut(&INetFwRule)) -> windows::core::Result<()> {
    // SAFETY: as above.
    let all: IEnumVARIANT = unsafe { policy.Rules()?._NewEnum()? }.cast()?;
    for _ in 0..RULES {
        let mut next = [VARIANT::default()];
        let mut fetched = 0;
        // SAFETY: one place, and one is asked for.
        let answer = unsafe { all.Next(&mut next, &raw mut fetched) };
        if answer.is_err() || fetched == 0 {
            break;
        }
        let [item] = next;
        if let Some(rule) = object(&item).and_then(|object| object.cast::<INetFwRule>().ok()) {
            take(&rule);
        }
    }
    Ok(())
}

/// The object in a variant. The variant keeps its own hold on it.
fn object(item: &VARIANT) -> Option<IDispatch> {
    let kind = item.vt();
    if kind != VT_DISPATCH && kind != VT_UNKNOWN {
        return None;
    }
    IDispatch::try_from(item).ok()
}

/// The rule as data, if it is enabled, about what comes in, and about this program or about all of them.
fn about_us(rule: &INetFwRule, program: &str) -> windows::core::Result<Option<Rule>> {
    // SAFETY: as above.
    unsafe {
        if !rule.Enabled()?.as_bool() || rule.Direction()? != NET_FW_RULE_DIR_IN {
            return Ok(None);
        }
        let named = rule.ApplicationName()?.to_string();
        let service = rule.ServiceName().unwrap_or_default();
        let named = (!named.is_empty()).then_some(named);
        // What is for a service alone is not for us.
        if !service.is_empty() || named.as_ref().is_some_and(|named| !named.eq_ignore_ascii_case(program)) {
            return Ok(None);
        }
        Ok(Some(Rule {
            name: rule.Name()?.to_string(),
            allows: rule.Action()? == NET_FW_ACTION_ALLOW,
            program: named,
            protocol: rule.Protocol()?,
            ports: rule.LocalPorts().unwrap_or_default().to_string(),
            profiles: rule.Profiles()?,
        }))
    }
}

fn add(program: &str) -> windows::core::Result<()> {
    let policy = policy()?;
    // SAFETY: COM was joined by this thread; the objects belong to it.
    unsafe {
        let rules = policy.Rules()?;
        // One of that name from before would only stand beside it.
        let _ = rules.Remove(&BSTR::from(RULE));
        let rule: INetFwRule = CoCreateInstance(&NetFwRule, None, CLSCTX_INPROC_SERVER)?;
        rule.SetName(&BSTR::from(RULE))?;
        rule.SetDescription(&BSTR::from(RULE_DESCRIPTION))?;
        rule.SetApplicationName(&BSTR::from(program))?;
        rule.SetProtocol(UDP)?;
        rule.SetDirection(NET_FW_RULE_DIR_IN)?;
        rule.SetAction(NET_FW_ACTION_ALLOW)?;
        rule.SetProfiles(NET_FW_PROFILE2_ALL.0)?;
        rule.SetRemoteAddresses(&BSTR::from("LocalSubnet"))?;
        rule.SetEnabled(VARIANT_BOOL(VARIANT_TRUE.0))?;
        rules.Add(&rule)
    }
}

fn remove() -> windows::core::Result<bool> {
    let policy = policy()?;
    // SAFETY: as above.
    unsafe {
        let rules = policy.Rules()?;
        if rules.Item(&BSTR::from(RULE)).is_err() {
            return Ok(false);
        }
        rules.Remove(&BSTR::from(RULE))?;
    }
    Ok(true)
}

fn words(error: &windows::core::Error) -> String {
    crate::error::printable(&format!("{} ({:#010x})", error.message(), error.code().0), 160)
}

fn refused(error: &windows::core::Error) -> RuleError {
    if error.code() == E_ACCESSDENIED { RuleError::NoRights } else { RuleError::Failed(words(error)) }
}
