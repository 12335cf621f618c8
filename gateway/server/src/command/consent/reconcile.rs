//! The command `consent reconcile`: compares a site's full list with the ledger.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::{Coverage, NewAlarm, NewConsent, SiteReport, UnknownParticipant};
use gemj_model::{ConsentEvent, Ordinal, ParticipantId, SiteId};
use gemj_services::linkage::CatalogueLinkage;
use gemj_services::reconcile::{self, Finding, ListRow, Ours, Ring, Said, Who};

use super::{append, say_notices, taken};
use crate::command::known_names::require_site;
use crate::command::ledger::{self, Ledger};
use crate::command::output::print;
use crate::command_error::CommandError;
use crate::installation::Installation;

/// The options of a comparison between a site's list and the ledger.
pub(super) struct How<'a> {
    pub(super) namespace: Option<&'a str>,
    pub(super) names: bool,
    pub(super) dry_run: bool,
}

pub(super) async fn reconcile(installation: &Installation, site: &str, file: &Path, how: &How<'_>) -> anyhow::Result<ExitCode> {
    let site = SiteId::parse(site).context("SITE")?;
    let rows = reconcile::read(file, how.namespace.is_some(), &installation.forms).with_context(|| format!("{}", file.display()))?;
    let ledger = ledger::read(installation).await?;
    if !ledger.sites.values().any(|s| s.as_ref() == Some(&site)) {
        require_site(installation, &site).await?;
        return Err(CommandError::NoParticipantAtSite { site: site.to_string() }.into());
    }
    let listed = rows.len();
    let mut comparison = Comparison {
        installation,
        ledger,
        site,
        names: if how.names { Some(HashMap::new()) } else { None },
        listed: HashSet::new(),
        missing_holders: 0,
        blocks: Vec::new(),
        agreeing: 0,
        refused: 0,
        rings: BTreeMap::new(),
        text: String::new(),
    };
    comparison.rows(rows, how.namespace).await?;
    comparison.missing().await?;
    comparison.finish(listed, how.dry_run).await
}

struct Comparison<'a> {
    installation: &'a Installation,
    ledger: Ledger,
    site: SiteId,
    /// The pseudonyms of participants, by ordinal. Absent if the command prints no pseudonyms.
    names: Option<HashMap<Ordinal, ParticipantId>>,
    listed: HashSet<Ordinal>,
    /// The number of participants of the site who hold consent and are not on the list, or only with lines that cannot be read or contradict each
    /// other.
    missing_holders: u64,
    blocks: Vec<NewConsent>,
    agreeing: usize,
    refused: usize,
    rings: BTreeMap<Ring, usize>,
    text: String,
}

impl Comparison<'_> {
    /// Adds one line to the report for the operator.
    fn say(&mut self, line: Option<u64>, who: Option<Ordinal>, words: &str) {
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        let name = who.and_then(|ordinal| self.names.as_ref().and_then(|names| names.get(&ordinal)));
        let name = name.map_or_else(String::new, |name| format!(" ({})", name.as_str()));
        self.text += &format!("{line}{words}{name}\n");
    }

    fn ring(&mut self, line: Option<u64>, who: Option<Ordinal>, ring: Ring) {
        *self.rings.entry(ring).or_default() += 1;
        self.say(line, who, &format!("rings: {}", ring.as_str()));
    }

    async fn rows(&mut self, rows: Vec<ListRow>, namespace: Option<&str>) -> anyhow::Result<()> {
        let catalogue = &self.installation.stores.catalogue;
        let upkeep = Upkeep::of(Job::ResolveNumbers);
        let links = match namespace {
            Some(namespace) => Some(CatalogueLinkage::read(catalogue, upkeep, &self.installation.key, &self.site, namespace).await?),
            None => None,
        };
        let mut people: BTreeMap<ParticipantId, Vec<(u64, Said)>> = BTreeMap::new();
        for row in rows {
            let participant = match row.who {
                Ok(Who::Participant(id)) => Some(id),
                Ok(Who::Number(number)) => match &links {
                    Some(links) => links.find(&number)?,
                    None => None,
                },
                Err(fault) => {
                    self.say(Some(row.line), None, &fault.to_string());
                    self.ring(Some(row.line), None, Ring::Unreadable);
                    continue;
                }
            };
            match participant {
                Some(participant) => people.entry(participant).or_default().push((row.line, row.said)),
                None => self.ring(Some(row.line), None, Ring::Unknown),
            }
        }
        for (participant, lines) in people {
            self.person(&participant, lines).await?;
        }
        Ok(())
    }

    async fn person(&mut self, participant: &ParticipantId, lines: Vec<(u64, Said)>) -> anyhow::Result<()> {
        let catalogue = &self.installation.stores.catalogue;
        let found = catalogue.consent_history(Upkeep::of(Job::CompareConsent), participant).await?;
        let Some((person, events)) = found else {
            for (line, _) in lines {
                self.ring(Some(line), None, Ring::Unknown);
            }
            return Ok(());
        };
        if person.site.as_ref().is_some_and(|site| *site != self.site) {
            for (line, _) in lines {
                self.refused += 1;
                self.say(Some(line), None, "refused: a participant of another site");
            }
            return Ok(());
        }
        if let Some(names) = &mut self.names {
            names.insert(person.ordinal, participant.clone());
        }
        self.listed.insert(person.ordinal);
        // If the list has several lines for a participant, only the lines that withdraw or deny the consent are compared with the ledger.
        // If there is no such line, only the first line is compared. Every other line raises an alarm.
        let closes = |said: &Said| matches!(said, Said::Withdrawn(..) | Said::Unclear(_) | Said::NeverGiven);
        let any_closes = lines.iter().any(|(_, said)| closes(said));
        let mut first = true;
        let mut is_clear = true;
        for (line, said) in lines {
            if !first && !closes(&said) || any_closes && !closes(&said) {
                self.ring(Some(line), Some(person.ordinal), Ring::Contradiction);
                is_clear = false;
            } else {
                is_clear &= self.compare(line, participant, person.ordinal, &events, &said);
            }
            first = false;
        }
        // A line that cannot be read, and lines that contradict each other, do not say which clauses are in force.
        if !is_clear && self.may_hold(person.ordinal, &events) {
            self.missing_holders += 1;
        }
        Ok(())
    }

    /// Compares one line with the ledger. Returns false if the line says nothing about the consent.
    fn compare(&mut self, line: u64, participant: &ParticipantId, ordinal: Ordinal, events: &[ConsentEvent], said: &Said) -> bool {
        let now = self.installation.clock.now();
        let standing = self.ledger.folded.standing(ordinal, now);
        let ours = Ours {
            events,
            standing: &standing,
        };
        let (block, ring) = match reconcile::compare(said, participant, ours, now) {
            Finding::Agrees => (None, None),
            Finding::Blocks(event) => (Some(event), None),
            Finding::Rings(ring) => (None, Some(ring)),
            Finding::BlocksAndRings(event, ring) => (Some(event), Some(ring)),
        };
        if block.is_none() && ring.is_none() {
            self.agreeing += 1;
        }
        let is_clear = block.is_some() || ring != Some(Ring::Unreadable);
        if let Some(event) = block {
            self.say(Some(line), Some(ordinal), &format!("blocked: {}", taken(event.clauses)));
            let same = |e: &NewConsent| (&e.participant, e.kind, e.clauses) == (&event.participant, event.kind, event.clauses);
            if !self.blocks.iter().any(same) {
                self.blocks.push(event);
            }
        }
        if let Some(ring) = ring {
            self.ring(Some(line), Some(ordinal), ring);
        }
        is_clear
    }

    /// Whether the participant has a clause in force, or may have one.
    fn may_hold(&self, ordinal: Ordinal, events: &[ConsentEvent]) -> bool {
        let standing = self.ledger.folded.standing(ordinal, self.installation.clock.now());
        let standing = &standing;
        reconcile::may_hold(Ours { events, standing })
    }

    /// Finds the participants of the site who are not in the list. The list may omit a participant who has withdrawn all clauses. Every
    /// other omission raises an alarm.
    async fn missing(&mut self) -> anyhow::Result<()> {
        let of_site = |site: &Option<SiteId>| site.as_ref() == Some(&self.site);
        let mut left_out: Vec<Ordinal> = self
            .ledger
            .sites
            .iter()
            .filter(|(ordinal, site)| of_site(site) && !self.listed.contains(ordinal))
            .map(|(ordinal, _)| *ordinal)
            .collect();
        left_out.sort();
        if self.names.is_some() && !left_out.is_empty() {
            self.learn_names().await?;
        }
        let now = self.installation.clock.now();
        for ordinal in left_out {
            let standing = self.ledger.folded.standing(ordinal, now);
            let ours = Ours {
                events: self.ledger.events.get(&ordinal).map_or(&[][..], Vec::as_slice),
                standing: &standing,
            };
            self.missing_holders += u64::from(reconcile::may_hold(ours));
            if let Some(ring) = reconcile::missing(ours) {
                self.ring(None, Some(ordinal), ring);
            }
        }
        Ok(())
    }

    /// Reads the pseudonyms of all participants that own a sample in a stored file.
    async fn learn_names(&mut self) -> anyhow::Result<()> {
        let items = self
            .installation
            .stores
            .catalogue
            .inventory(Upkeep::of(Job::Inventory), None)
            .await?;
        let owners = items
            .into_iter()
            .flat_map(|item| item.object.samples.into_iter().zip(item.participants));
        let found = owners.filter_map(|(sample, participant)| Some((sample.participant?, participant?)));
        self.names.get_or_insert_default().extend(found);
        Ok(())
    }

    async fn finish(mut self, listed: usize, dry_run: bool) -> anyhow::Result<ExitCode> {
        let rang: usize = self.rings.values().sum();
        let of = |ring: Ring| self.rings.get(&ring).copied().unwrap_or(0);
        let (missing, unknown) = (of(Ring::Missing), of(Ring::Unknown));
        let summary = format!(
            "{listed} listed: {} agree, {} blocked, {} refused; {rang} ring: {missing} missing on the list, {unknown} not known here, {} others",
            self.agreeing,
            self.blocks.len(),
            self.refused,
            rang - missing - unknown
        );
        if dry_run {
            self.text += "nothing was recorded: a dry run\n";
        } else {
            self.record(listed, rang, unknown, &summary).await?;
        }
        print(&format!("{}{summary}\n", self.text))?;
        Ok(match (rang, self.blocks.len() + self.refused) {
            (0, 0) => ExitCode::SUCCESS,
            (0, _) => ExitCode::from(1),
            (_, _) => ExitCode::from(2),
        })
    }

    async fn record(&self, listed: usize, rang: usize, unknown: usize, summary: &str) -> anyhow::Result<()> {
        if !self.blocks.is_empty() {
            let recorded = append(self.installation, &self.blocks, UnknownParticipant::Refuse).await?;
            say_notices(self.installation, recorded).await?;
        }
        let catalogue = &self.installation.stores.catalogue;
        let mandate = Mandate::operator(WriteAction::RecordConsent);
        let now = self.installation.clock.now();
        let report = SiteReport {
            site: self.site.clone(),
            recorded: now,
            listed: listed as u64,
            agreeing: self.agreeing as u64,
            blocked: self.blocks.len() as u64,
            ringing: (rang - unknown) as u64,
            unknown: unknown as u64,
        };
        let coverage = Coverage {
            compared: self.listed.len() as u64,
            missing: self.missing_holders,
        };
        catalogue.record_site_report(&mandate, &report, coverage).await?;
        if rang > 0 {
            let alarm = NewAlarm {
                kind: "site-differs".to_owned(),
                site: Some(self.site.clone()),
                text: summary.to_owned(),
            };
            catalogue.raise_alarm(&mandate, &alarm, now).await?;
        }
        Ok(())
    }
}
