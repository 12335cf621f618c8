//! A withdrawal while 200 readers send requests to two replicas. No answer to a request that began after the `withdraw` command returned contains the
//! participant.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Instant;

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::oracle::vcf_samples;
use gemj_tests::small_data::{COLUMNS, PEOPLE, SHARED_VARIANT, feeds, person, private_variant};
use gemj_tests::{Client, Programme, Reply};

use super::replicas::{Replicas, path_of};

const READERS: usize = 200;
const LEAVER: usize = 2;

/// The result of one request: whether its answer contains the participant who withdraws.
struct Seen {
    begun: Instant,
    question: &'static str,
    says: Says,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// The answer contains the participant who withdraws.
    Includes,
    /// The answer does not contain the participant who withdraws.
    Without,
    /// The connection broke.
    Reset,
    /// The gateway refused the request for lack of time or capacity.
    Unavailable,
    /// The answer is the joint file with this number among the distinct joint files. The test reads these files afterwards.
    Joint(usize),
}

/// The distinct joint files that were returned.
#[derive(Default)]
struct JointFiles(Mutex<HashMap<Vec<u8>, usize>>);

impl JointFiles {
    fn number(&self, body: Vec<u8>) -> usize {
        let mut files = self.0.lock().unwrap();
        let next = files.len();
        *files.entry(body).or_insert(next)
    }

    /// For each distinct joint file, whether it contains the participant.
    fn read(self) -> Vec<bool> {
        let files = self.0.into_inner().unwrap();
        let mut shows = vec![false; files.len()];
        for (body, number) in files {
            let samples = vcf_samples(&body);
            shows[number] = samples.contains(&format!("{}-S", person(LEAVER)));
            assert_eq!(samples.len(), COLUMNS - usize::from(!shows[number]));
        }
        shows
    }
}

/// The objects and URLs that the readers request. The URLs were issued before the withdrawal.
struct Asked {
    token: String,
    bam: String,
    joint: String,
    /// The bytes of the stored file.
    bytes: Vec<u8>,
    block: String,
    joint_block: String,
    access: String,
}

impl Asked {
    fn new(programme: &Programme, client: &Client) -> Self {
        let token = programme.passport(Persona::DomesticAcademic);
        let (bam, joint) = (programme.object_of(&person(LEAVER), "BAM"), programme.joint_object());
        let ticket = |path: String| block_urls(&client.get(&path, Some(&token)).expect(200).json()).remove(0);
        let access = client
            .get(&format!("/ga4gh/drs/v1/objects/{bam}/access/https"), Some(&token))
            .expect(200)
            .json();
        Self {
            block: ticket(format!("/htsget/reads/{bam}")),
            joint_block: ticket(format!("/htsget/variants/{joint}")),
            access: access["url"].as_str().unwrap().to_owned(),
            bytes: std::fs::read(feeds().join(format!("reads/{}.bam", person(LEAVER)))).unwrap(),
            token,
            bam,
            joint,
        }
    }

    /// Sends every request once.
    fn round(&self, client: &Client, files: &JointFiles, seen: &mut Vec<Seen>) {
        let mut ask = |question: &'static str, send: &dyn Fn() -> Reply, says: &dyn Fn(&Reply) -> Says| -> Option<Reply> {
            let begun = Instant::now();
            let reply = send();
            let says = match (reply.cut, reply.status) {
                (true, _) => Says::Reset,
                (false, 503) => Says::Unavailable,
                (false, _) => says(&reply),
            };
            seen.push(Seen { begun, question, says });
            (!reply.cut && reply.status == 200).then_some(reply)
        };
        let get = |path: &str| client.get(path, Some(&self.token));
        let block = |url: &str| client.get(&client.url(path_of(url)), None);
        let (bam, token) = (&self.bam, Some(self.token.as_str()));
        let whole = |reply: &Reply| match reply.status {
            200 => {
                assert!(reply.body == self.bytes, "a complete answer differs from the file");
                Says::Includes
            }
            403 | 404 => Says::Without,
            other => panic!("{other}: {}", reply.text()),
        };
        let described = |reply: &Reply| match reply.status {
            200 => Says::Includes,
            404 => Says::Without,
            other => panic!("{other}: {}", reply.text()),
        };
        let joint = |reply: &Reply| {
            assert_eq!(reply.status, 200, "{}", reply.text());
            Says::Joint(files.number(reply.body.clone()))
        };
        let count = |with: u64| {
            move |reply: &Reply| {
                assert_eq!(reply.status, 200, "{}", reply.text());
                let count = reply.json()["responseSummary"]["numTotalResults"].as_u64().unwrap();
                match with - count {
                    0 => Says::Includes,
                    1 => Says::Without,
                    _ => panic!("{count} of {with}"),
                }
            }
        };
        let ticket = ask("ticket of reads", &|| get(&format!("/htsget/reads/{bam}")), &described);
        if let Some(ticket) = ticket {
            ask("its block", &|| block(&block_urls(&ticket.json())[0]), &whole);
        }
        ask("a block from before", &|| block(&self.block), &whole);
        ask("a byte URL from before", &|| block(&self.access), &whole);
        ask("the object", &|| get(&format!("/ga4gh/drs/v1/objects/{bam}")), &described);
        ask(
            "its access URL",
            &|| get(&format!("/ga4gh/drs/v1/objects/{bam}/access/https")),
            &described,
        );
        ask("a joint block from before", &|| block(&self.joint_block), &joint);
        let ticket = client.get(&format!("/htsget/variants/{}", self.joint), token);
        if ticket.status == 200 {
            ask("a joint block", &|| block(&block_urls(&ticket.json())[0]), &joint);
        }
        for (question, query, with) in [
            ("count of a common variant", SHARED_VARIANT.to_owned(), PEOPLE as u64),
            ("count of a private variant", private_variant(LEAVER), 1),
            ("count of a phenotype", "filters=HP:0001250".to_owned(), 6),
        ] {
            let path = format!("/beacon/individuals?{query}&requestedGranularity=count");
            ask(question, &|| get(&path), &count(with));
        }
    }
}

/// A signal to the main thread that every reader has completed one round of requests.
#[derive(Default)]
struct Started {
    readers: Mutex<usize>,
    all: Condvar,
}

impl Started {
    fn one_more(&self) {
        *self.readers.lock().unwrap() += 1;
        self.all.notify_all();
    }

    fn wait(&self) {
        let guard = self.readers.lock().unwrap();
        drop(self.all.wait_while(guard, |readers| *readers < READERS).unwrap());
    }
}

/// A drop counts the reader as started, also if it fails, so that the main thread does not wait for it.
struct OnStart<'a>(Option<&'a Started>);

impl OnStart<'_> {
    fn read(&mut self) {
        if let Some(started) = self.0.take() {
            started.one_more();
        }
    }
}

impl Drop for OnStart<'_> {
    fn drop(&mut self) {
        self.read();
    }
}

#[test]
fn no_request_that_began_after_a_withdrawal_returns_the_participant_with_200_readers_of_two_replicas() {
    let Some(replicas) = Replicas::small() else { return };
    let asked = Asked::new(&replicas.programme, &replicas.one.client);
    let (files, started, acknowledged) = (JointFiles::default(), Started::default(), AtomicBool::new(false));
    let bases = replicas.clients().map(|client| client.base.clone());
    let (returned, seen): (Instant, Vec<Seen>) = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|number| {
                let (asked, files, started, acknowledged) = (&asked, &files, &started, &acknowledged);
                let client = Client::new(&bases[number % 2]);
                scope.spawn(move || {
                    let mut seen = Vec::new();
                    let mut on_start = OnStart(Some(started));
                    loop {
                        // The last round of each reader begins after the withdrawal and is complete.
                        let last = acknowledged.load(Ordering::SeqCst);
                        asked.round(&client, files, &mut seen);
                        on_start.read();
                        if last {
                            return seen;
                        }
                    }
                })
            })
            .collect();
        started.wait();
        let ran = replicas.programme.run(&["consent", "withdraw", &person(LEAVER)]);
        let returned = Instant::now();
        acknowledged.store(true, Ordering::SeqCst);
        let seen = readers
            .into_iter()
            .flat_map(|reader| reader.join().expect("a reader failed"))
            .collect();
        let _ = ran.good();
        (returned, seen)
    });
    judge(returned, &seen, &files.read());
    let _ = replicas.programme.run(&["audit", "verify"]).good();
}

fn judge(returned: Instant, seen: &[Seen], joint: &[bool]) {
    let mut questions: HashMap<&str, [usize; 2]> = HashMap::new();
    for answer in seen {
        let includes = match answer.says {
            Says::Includes => true,
            Says::Joint(number) => joint[number],
            Says::Without | Says::Reset | Says::Unavailable => false,
        };
        if answer.begun >= returned {
            let late = answer.begun.duration_since(returned);
            assert!(
                !includes,
                "{}: the request began {late:?} after the withdrawal, but its answer contains the participant",
                answer.question
            );
        }
        let counts = questions.entry(answer.question).or_default();
        counts[0] += usize::from(includes);
        counts[1] += usize::from(answer.begun >= returned && matches!(answer.says, Says::Without | Says::Joint(_)));
    }
    let unavailable = seen.iter().filter(|answer| answer.says == Says::Unavailable).count();
    eprintln!("{} answers, {unavailable} of them unavailable", seen.len());
    for (question, [before, after]) in questions {
        assert!(before > 0, "{question}: no answer before the withdrawal contains the participant");
        // Without the participant, the ticket request is refused, so there is no block to request.
        assert!(
            after > 0 || question == "its block",
            "{question}: no request after the withdrawal was answered"
        );
    }
}
