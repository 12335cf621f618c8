//! The text that the demo prints: its address, its personas, and commands to copy.

use std::path::Path;

use gemj_access::{OperatorRead, OperatorReadAction};
use gemj_authenticate::ASSERTION_TYPE;
use gemj_demo::feeds::institutions;
use gemj_demo::hospital_clients::patient_number_system;
use gemj_demo::{Broker, Facts, Persona, Programme};
use gemj_model::{DataKind, ParticipantId};

use crate::installation::Installation;

pub(super) async fn print(dir: &Path, installation: &Installation, broker: &Broker) -> anyhow::Result<()> {
    let base = installation.configuration.public_base();
    let facts = Facts::of(&Programme::plan())?;
    let reads = object_of(installation, &facts.reads.participant, DataKind::Reads).await?;
    let cases = institutions::cases(&Programme::plan())?;
    let number = cases.first().map(|case| case.numbers.hospital.clone()).unwrap_or_default();
    let dir = dir.display();
    // The commands contain the path of the running program, because after `cargo run` the program is not on the PATH.
    let program = std::env::current_exe().map_or_else(|_| "gemj-gateway".to_owned(), |path| path.display().to_string());
    let token = format!("$({program} demo-passport --dir {dir} --persona");
    println!("gemj-gateway demo");
    println!("  listening on   {base}");
    println!("  everything     {base}/services");
    println!("  configuration  {dir}/gateway.toml (for --config of all other commands, also while the demo runs)");
    println!("  broker         {}", broker.passport_issuer());
    println!();
    println!("Personas (tokens: {program} demo-passport --dir {dir} --persona NAME):");
    for persona in Persona::ALL {
        println!("  {:22} {}", persona.as_str(), persona.description());
    }
    println!();
    println!("For the lines of the README (the token of EHR lasts five minutes):");
    let host = installation.configuration.server.public_url.host_str().unwrap_or_default();
    let system = patient_number_system("hospital-a");
    println!("  export BASE={base} ID={reads} DRS=drs://{host}/{reads} TOKEN={token} overseas-academic) PATIENT='{system}|{number}'");
    println!(
        "  export EHR=$(curl -s {base}/auth/token -d grant_type=client_credentials -d client_assertion_type={ASSERTION_TYPE} -d client_assertion=$({program} demo-assertion --dir {dir}) | sed 's/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')"
    );
    println!("Ask Beacon whether a variant is known (no token needed):");
    let variant = &facts.common_variant;
    println!(
        "  curl '{base}/beacon/g_variants?assemblyId={}&referenceName={}&start={}&referenceBases={}&alternateBases={}'",
        variant.assembly.as_str(),
        variant.contig.as_str(),
        variant.start.0,
        variant.reference,
        variant.alternate
    );
    println!("Count people with a phenotype (an approved project):");
    println!(
        "  curl -H \"Authorization: Bearer {token} overseas-academic)\" '{base}/beacon/individuals?filters={}&requestedGranularity=count'",
        facts.phenotype.term
    );
    println!("View reads of a region by htsget:");
    let region = &facts.reads.region;
    let end = region.interval.end.map(|e| format!("&end={}", e.0)).unwrap_or_default();
    println!(
        "  curl -s -H \"Authorization: Bearer {token} overseas-academic)\" '{base}/htsget/reads/{reads}?format=BAM&referenceName={}&start={}{end}' > ticket.json && samtools view ticket.json | head",
        region.contig.as_str(),
        region.interval.start.0
    );
    println!("The same by samtools itself (the variable lets htslib send a token without TLS; here nothing leaves this machine):");
    println!(
        "  {program} demo-passport --dir {dir} --persona overseas-academic > token.txt && HTS_AUTH_LOCATION=token.txt HTS_ALLOW_UNENCRYPTED_AUTHORIZATION_HEADER='I understand the risks' samtools view '{base}/htsget/reads/{reads}?format=BAM&referenceName={}&start={}{end}' | head",
        region.contig.as_str(),
        region.interval.start.0
    );
    println!("Look a file up by DRS:");
    println!("  curl -H \"Authorization: Bearer {token} domestic-academic)\" '{base}/ga4gh/drs/v1/objects/{reads}'");
    println!();
    Ok(())
}

/// Writes the ids and examples that the conformance checker uses with this demo.
pub(super) async fn write_conformance_settings(dir: &Path, installation: &Installation) -> anyhow::Result<()> {
    let facts = Facts::of(&Programme::plan())?;
    let reads = object_of(installation, &facts.reads.participant, DataKind::Reads).await?;
    let cases = institutions::cases(&Programme::plan())?;
    let number = cases.first().map(|case| case.numbers.hospital.as_str()).unwrap_or_default();
    let (region, variant) = (&facts.reads.region, &facts.common_variant);
    let start = region.interval.start.0;
    let end = region.interval.end.map_or(start + 1000, |end| end.0);
    let text = format!(
        "[htsget]\nreads_id = \"{reads}\"\nreference_name = \"{}\"\nstart = {start}\nend = {end}\n\n\
         [beacon]\nassembly = \"{}\"\nreference_name = \"{}\"\nstart = {}\nreference_bases = \"{}\"\nalternate_bases = \"{}\"\nexists = true\n\n\
         [drs]\nobject_id = \"{reads}\"\n\n[fhir]\npatient_identifier = \"{}|{number}\"\n",
        region.contig.as_str(),
        variant.assembly.as_str(),
        variant.contig.as_str(),
        variant.start.0,
        variant.reference,
        variant.alternate,
        patient_number_system("hospital-a"),
    );
    std::fs::write(dir.join("conformance.toml"), text)?;
    Ok(())
}

async fn object_of(installation: &Installation, participant: &ParticipantId, kind: DataKind) -> anyhow::Result<String> {
    let read = OperatorRead::new(OperatorReadAction::Files, participant.clone(), Some("welcome page of the demo"))?;
    let files = installation.stores.catalogue.files_of(&read, None, installation.clock.now());
    let items = files.await?;
    let found = items.into_iter().find(|item| item.object.format.data_kind() == kind);
    Ok(found.map_or_else(|| "ID".to_owned(), |item| item.object.id.to_string()))
}
