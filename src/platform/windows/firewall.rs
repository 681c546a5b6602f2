//! The Windows firewall through its own programming interface (`INetFwPolicy2`): names and numbers, never text for
//! people, which is in the language of the system.
//!
//! Written and reviewed against Microsoft's reference of `netfw.h`, type-checked and linked for Windows. Seen running:
//! under Wine only, whose firewall is a stub that answers "not implemented"; that it is told so, and told in words, was
//! seen there. Never seen: a Windows that answers. What is judged from the answers is apart, in `preflight::firewall`,
//! and tested there; here is what fetches them. What cannot be fetched is an error or is counted, never left out.
#![expect(unsafe_code, reason = "COM has no safe form")]

use std::thread;

use windows::Win32::Foundation::{
    E_ACCESSDENIED, E_FAIL, ERROR_FILE_NOT_FOUND, RPC_E_CHANGED_MODE, VARIANT_TRUE,
};
use windows::Win32::NetworkManagement::WindowsFirewall::{
    INetFwPolicy2, INetFwRule, INetFwRule3, INetFwRules, NET_FW_ACTION_ALLOW, NET_FW_ACTION_BLOCK,
    NET_FW_MODIFY_STATE_GP_OVERRIDE, NET_FW_PROFILE_TYPE2, NET_FW_PROFILE2_ALL, NET_FW_RULE_DIR_IN,
    NetFwPolicy2, NetFwRule,
};
use windows::Win32::System::Com::{
    CLSCTX_INPROC_SERVER, COINIT_APARTMENTTHREADED, CoCreateInstance, CoInitializeEx, CoUninitialize,
    IDispatch,
};
use windows::Win32::System::Ole::IEnumVARIANT;
use windows::Win32::System::Variant::{VARIANT, VT_DISPATCH, VT_UNKNOWN};
use windows::core::{BSTR, Error, HRESULT, IUnknown, Interface as _, Result};

use super::ports;
use crate::platform::firewall::RuleError;
use crate::preflight::firewall::{
    Firewall, OwnRule, Profile, ProfileKind, RULE, Rule, WindowsFirewall, description, owner,
};

/// More rules than any machine has; a broken list must not run for ever.
const RULES: usize = 20_000;
/// Rules of our name that are taken away at once: several may have it.
const SAME_NAME: usize = 16;
/// UDP and any, in numbers of protocols.
const UDP: i32 = 17;
const ANY: i32 = 256;

pub(in crate::platform) fn read(_: &str, program: &str) -> Firewall {
    let program = program.to_owned();
    Firewall::Windows(in_apartment(move || look(&program)).map_err(|error| words(&error)))
}

pub(in crate::platform) fn open(program: &str) -> std::result::Result<(), RuleError> {
    let program = program.to_owned();
    in_apartment(move || add(&program)).map_err(|error| refused(&error))
}

pub(in crate::platform) fn close() -> std::result::Result<bool, RuleError> {
    // SAFETY: COM was joined by the thread that this runs on; the objects are alive while they are borrowed.
    in_apartment(|| remove(&unsafe { policy()?.Rules() }?)).map_err(|error| refused(&error))
}

pub(in crate::platform) fn own_rule() -> std::result::Result<Option<OwnRule>, RuleError> {
    // SAFETY: as above.
    in_apartment(|| own(&unsafe { policy()?.Rules() }?)).map_err(|error| refused(&error))
}

/// Do it on a thread of its own, which alone joins COM: the program's other threads stay as they are.
fn in_apartment<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let job = move || {
        // SAFETY: the thread is new, and leaves COM below, after everything of COM in `work` is gone.
        let joined = unsafe { CoInitializeEx(None, COINIT_APARTMENTTHREADED) };
        if joined.is_err() && joined != RPC_E_CHANGED_MODE {
            return Err(joined.into());
        }
        let done = work();
        // S_FALSE, joined already, wants leaving too; RPC_E_CHANGED_MODE does not.
        if joined.is_ok() {
            // SAFETY: it was joined by this thread, once.
            unsafe { CoUninitialize() };
        }
        done
    };
    let thread =
        thread::Builder::new().name("firewall".into()).spawn(job).map_err(|_| Error::from(E_FAIL))?;
    thread.join().unwrap_or_else(|_| Err(Error::from(E_FAIL)))
}

fn policy() -> Result<INetFwPolicy2> {
    // SAFETY: COM was joined by this thread.
    unsafe { CoCreateInstance(&NetFwPolicy2, None, CLSCTX_INPROC_SERVER) }
}

fn look(program: &str) -> Result<WindowsFirewall> {
    let policy = policy()?;
    // SAFETY: as in all of this file, the objects are alive while they are borrowed, and belong to this thread.
    let types = unsafe { policy.CurrentProfileTypes() }?;
    let mut active = Vec::new();
    for kind in [ProfileKind::Domain, ProfileKind::Private, ProfileKind::Public] {
        if types & kind.bit() == 0 {
            continue;
        }
        let profile = NET_FW_PROFILE_TYPE2(kind.bit());
        // A profile of which one of these is not told is one that nothing can be said of.
        // SAFETY: as above.
        let (enabled, blocks_all, action) = unsafe {
            (
                policy.get_FirewallEnabled(profile)?,
                policy.get_BlockAllInboundTraffic(profile)?,
                policy.get_DefaultInboundAction(profile)?,
            )
        };
        active.push(Profile {
            kind,
            enabled: enabled.as_bool(),
            blocks_all: blocks_all.as_bool(),
            blocks_by_default: action == NET_FW_ACTION_BLOCK,
        });
    }
    // SAFETY: as above.
    let all = unsafe { policy.Rules() }?;
    let (mut rules, mut unreadable) = (Vec::new(), 0);
    for_each_rule(&all, |rule| match rule.map(|rule| about_us(&rule, program)) {
        Some(Ok(Some(rule))) => rules.push(rule),
        Some(Ok(None)) => {}
        Some(Err(_)) | None => unreadable += 1,
    })?;
    // SAFETY: as above.
    let modify = unsafe { policy.LocalPolicyModifyState() };
    let local_rules_count = modify.ok().map(|state| state != NET_FW_MODIFY_STATE_GP_OVERRIDE);
    Ok(WindowsFirewall { active, rules, unreadable, own: own(&all)?, local_rules_count })
}

/// Every entry of the list; `None` for one that is no rule.
fn for_each_rule(all: &INetFwRules, mut take: impl FnMut(Option<INetFwRule>)) -> Result<()> {
    // SAFETY: as above.
    let list: IEnumVARIANT = unsafe { all._NewEnum() }?.cast()?;
    for _ in 0..RULES {
        let mut next = [VARIANT::default()];
        let mut fetched = 0;
        // SAFETY: one place, and one is asked for. The variant lets go of what it holds when it is dropped.
        // S_FALSE says that the end is reached; a list that breaks off is no whole list.
        unsafe { list.Next(&mut next, &raw mut fetched) }.ok()?;
        if fetched == 0 {
            return Ok(());
        }
        let [item] = next;
        take(rule_of(&item));
    }
    Err(E_FAIL.into())
}

/// The rule in a variant, which comes as one of two kinds of object. The variant keeps its own hold on it.
fn rule_of(item: &VARIANT) -> Option<INetFwRule> {
    match item.vt() {
        VT_DISPATCH => IDispatch::try_from(item).ok()?.cast().ok(),
        VT_UNKNOWN => IUnknown::try_from(item).ok()?.cast().ok(),
        _ => None,
    }
}

/// The rule as data, if it is enabled, about UDP that comes in, and about this program or about all of them.
fn about_us(rule: &INetFwRule, program: &str) -> Result<Option<Rule>> {
    // SAFETY: as above.
    unsafe {
        if !rule.Enabled()?.as_bool() || rule.Direction()? != NET_FW_RULE_DIR_IN {
            return Ok(None);
        }
        let protocol = rule.Protocol()?;
        let named = rule.ApplicationName()?.to_string();
        let named = (!named.is_empty()).then_some(named);
        // What is for a service alone is not for us.
        if ![UDP, ANY].contains(&protocol)
            || !rule.ServiceName()?.is_empty()
            || named.as_ref().is_some_and(|named| !named.trim_matches('"').eq_ignore_ascii_case(program))
        {
            return Ok(None);
        }
        let mut asks_for = None;
        // Windows 7 has no such rules.
        if let Ok(newer) = rule.cast::<INetFwRule3>() {
            // Rules of store apps name a package and no program: they look like rules for every program, and are not.
            if !newer.LocalAppPackageId()?.is_empty() {
                return Ok(None);
            }
            if newer.SecureFlags()? != 0 {
                asks_for = Some("for connections that prove who they are only".to_owned());
            } else if !newer.LocalUserAuthorizedList()?.is_empty() {
                asks_for = Some("for some users of this laptop only".to_owned());
            }
        }
        // A rule for any protocol has no ports.
        let ports = if protocol == UDP { rule.LocalPorts()?.to_string() } else { String::new() };
        Ok(Some(Rule {
            name: rule.Name()?.to_string(),
            allows: rule.Action()? == NET_FW_ACTION_ALLOW,
            program: named,
            protocol,
            ports,
            profiles: rule.Profiles()?,
            remote: rule.RemoteAddresses()?.to_string(),
            local: rule.LocalAddresses()?.to_string(),
            interfaces: rule.InterfaceTypes()?.to_string(),
            asks_for,
        }))
    }
}

/// The first rule of our name. That there is none has an error code of its own, and no other code means it.
fn first_of_our_name(rules: &INetFwRules) -> Result<Option<INetFwRule>> {
    // SAFETY: as above.
    match unsafe { rules.Item(&BSTR::from(RULE)) } {
        Ok(rule) => Ok(Some(rule)),
        Err(error) if error.code() == HRESULT::from_win32(ERROR_FILE_NOT_FOUND.0) => Ok(None),
        Err(error) => Err(error),
    }
}

fn own(rules: &INetFwRules) -> Result<Option<OwnRule>> {
    let Some(rule) = first_of_our_name(rules)? else { return Ok(None) };
    // SAFETY: as above.
    let (about, program) = unsafe { (rule.Description()?.to_string(), rule.ApplicationName()?.to_string()) };
    let owner = owner(&about);
    let is_ours = owner == Some(std::process::id());
    Ok(Some(OwnRule { program, owner, is_ours, running: owner.and_then(ports::program) }))
}

fn add(program: &str) -> Result<()> {
    let policy = policy()?;
    // SAFETY: COM was joined by this thread; the objects belong to it.
    unsafe {
        let rules = policy.Rules()?;
        // One of that name from before would only stand beside it.
        remove(&rules)?;
        let rule: INetFwRule = CoCreateInstance(&NetFwRule, None, CLSCTX_INPROC_SERVER)?;
        rule.SetName(&BSTR::from(RULE))?;
        rule.SetDescription(&BSTR::from(description(std::process::id())))?;
        rule.SetApplicationName(&BSTR::from(program))?;
        rule.SetProtocol(UDP)?;
        rule.SetDirection(NET_FW_RULE_DIR_IN)?;
        rule.SetAction(NET_FW_ACTION_ALLOW)?;
        rule.SetProfiles(NET_FW_PROFILE2_ALL.0)?;
        rule.SetRemoteAddresses(&BSTR::from("LocalSubnet"))?;
        rule.SetEnabled(VARIANT_TRUE)?;
        rules.Add(&rule)
    }
}

/// Take away every rule of our name: of several, one call takes one, and which is not said.
fn remove(rules: &INetFwRules) -> Result<bool> {
    for taken in 0..SAME_NAME {
        if first_of_our_name(rules)?.is_none() {
            return Ok(taken > 0);
        }
        // SAFETY: as above.
        unsafe { rules.Remove(&BSTR::from(RULE)) }?;
    }
    // It says that it removes, and does not.
    if first_of_our_name(rules)?.is_none() { Ok(true) } else { Err(E_FAIL.into()) }
}

fn words(error: &Error) -> String {
    crate::error::printable(&format!("{} ({:#010x})", error.message(), error.code().0), 160)
}

fn refused(error: &Error) -> RuleError {
    if error.code() == E_ACCESSDENIED { RuleError::NoRights } else { RuleError::Failed(words(error)) }
}
