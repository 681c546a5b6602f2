//! What keys can do, whichever they are.

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Show the help, or close it.
    Help,
    /// Leave the program; asks where something hangs on it.
    Quit,
    /// The system's own way to interrupt: the second one within two seconds leaves without asking.
    Interrupt,
    /// Show what happened.
    Log,
    /// Go on.
    Next,
    /// Go back.
    Back,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// Ten rows up.
    PageUp,
    /// Ten rows down.
    PageDown,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// The choice before this one.
    Previous,
    /// The choice behind this one.
    Following,
    /// Pick or leave out.
    Toggle,
    /// Show or hide the details.
    Details,
    /// Begin to type a path.
    TypePath,
    /// Complete the path.
    Complete,
    /// The next text field.
    NextField,
    /// Look once more.
    Again,
    /// Let phones in through the firewall.
    OpenFirewall,
    /// The DHCP server behind this one.
    NextServer,
    /// The DHCP server before this one.
    PreviousServer,
    /// Ask DHCP, or stop asking it.
    AskDhcp,
    /// Go on against DHCP, in words.
    Override,
    /// Copy what is shown.
    Copy,
    /// The next beat of the reset.
    Beat,
    /// The reset from its beginning.
    RestartReset,
    /// Whether the coach goes through the code by itself.
    Pace,
    /// The next model for the coach.
    NextModel,
    /// Another order of the table.
    Sort,
    /// Another part of the table.
    Filter,
    /// The recording stands still, or goes on.
    Pause,
    /// The recording goes faster.
    Faster,
    /// The recording goes slower.
    Slower,
    /// To the next change of the recording.
    Skip,
    /// Say who works and where.
    TypeSite,
    /// Ask phones by their own pages.
    AskPhones,
    /// There is no DHCP server here: be one.
    Bench,
    /// Give a card an address.
    SetAddress,
    /// Answer the client that got no answer last.
    LetIn,
    /// Offer the load to phones that still boot, or do not.
    ByConfiguration,
    /// The earlier session's option 150 is back.
    Settle,
    /// Yes.
    Yes,
    /// No.
    No,
    /// The mouse for the program, or for marking text.
    Mouse,
    /// The key edits the text field.
    Edit,
}
