//! Asking DHCP on behalf of the wizard: really, in the background, or of the made-up server of a rehearsal.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, sleep_until};

use super::engine::Engine;
use crate::catalog::Catalog;
use crate::dhcp::{Method, Subnet};
use crate::firmware::problem::Problem;
use crate::platform::clock;
use crate::rehearsal::dhcp::SimDhcp;
use crate::session::probe::{self, Probing, Question};
use crate::wizard::{DhcpQuestion, Heard, Msg, Played, Ticket};

/// A rehearsal asks so many times faster than life: long enough to see the answers come.
const FASTER: u32 = 3;
/// How often the time that is left is told in a rehearsal.
const COUNTDOWN: Duration = Duration::from_millis(200);

impl Engine {
    /// Ask DHCP, and tell the model what comes. What is still being asked is given up.
    pub(super) fn ask_dhcp(&mut self, ticket: Ticket, question: DhcpQuestion) {
        self.stop_asking();
        let answers = self.answers.clone();
        let task = if let Some(played) = &question.played {
            tokio::spawn(play(answers, ticket, server(played), question))
        } else {
            let asked = Question {
                interface: Some(question.interface),
                address: Some(question.address),
                servers: question.servers,
                subnet: question.subnet,
                laptop: Some(question.address),
                ..Question::default()
            };
            match probe::start(Catalog::embedded(), asked) {
                Ok(news) => tokio::spawn(pass_on(answers, ticket, news)),
                Err(error) => {
                    let problem = Problem {
                        code: "dhcp-not-started",
                        message: format!("the system does not let the probe start: {error}"),
                        advice: vec!["Close other programs and ask again.".into()],
                    };
                    return self.answer(Msg::DhcpAsked(ticket, Err(problem)));
                }
            }
        };
        self.asking = Some(task.abort_handle());
    }

    /// Give up what is being asked. The ports are given back within a fraction of a second.
    pub(super) fn stop_asking(&mut self) {
        if let Some(task) = self.asking.take() {
            task.abort();
        }
    }
}

/// What a probe in the background says, as the model wants to hear it. Whoever drops this ends the probe.
async fn pass_on(
    answers: UnboundedSender<Msg>,
    ticket: Ticket,
    mut news: tokio::sync::mpsc::UnboundedReceiver<Probing>,
) {
    while let Some(piece) = news.recv().await {
        let msg = match piece {
            Probing::Answer(answer) => Msg::DhcpAnswered(ticket, answer),
            Probing::Left(left) => Msg::DhcpWaits(ticket, left),
            Probing::Done(found) => Msg::DhcpAsked(
                ticket,
                match *found {
                    Ok(finding) => Ok(Heard {
                        answers: finding.asked.answers,
                        methods: finding.asked.methods,
                        blind: finding.asked.blind,
                    }),
                    Err(error) => Err(Problem::of(&error)),
                },
            ),
        };
        if answers.send(msg).is_err() {
            return; // the wizard is over
        }
    }
}

fn server(played: &Played) -> SimDhcp {
    match played {
        Played::Untouched => SimDhcp::untouched(),
        Played::Changed(value) => SimDhcp::changed(value),
    }
}

/// The made-up server's answers, one after another as they would come.
async fn play(answers: UnboundedSender<Msg>, ticket: Ticket, server: SimDhcp, question: DhcpQuestion) {
    let began = clock::now();
    let subnet: Option<Subnet> = question.subnet;
    let model = Catalog::embedded().models().first();
    let class = model.map(|model| model.vendor_class.value.clone()).unwrap_or_default();
    let (heard, took) = server.ask(began, question.servers, subnet, class);
    let mut next = heard.iter().peekable();
    let mut passed = Duration::ZERO;
    while passed < took {
        while let Some(answer) = next.next_if(|answer| answer.after <= passed) {
            let _ = answers.send(Msg::DhcpAnswered(ticket, Box::new(answer.clone())));
        }
        let _ = answers.send(Msg::DhcpWaits(ticket, took.saturating_sub(passed)));
        let due = next.peek().map_or(took, |answer| answer.after.max(passed));
        passed = due.min(passed + COUNTDOWN * FASTER).max(passed + Duration::from_millis(1));
        sleep_until(Instant::from(began + passed / FASTER)).await;
    }
    let mut methods: Vec<Method> = heard.iter().map(|answer| answer.method).collect();
    methods.sort_unstable();
    methods.dedup();
    let _ = answers.send(Msg::DhcpAsked(ticket, Ok(Heard { answers: heard, methods, blind: Vec::new() })));
}
