//! The values of absent keys, compared with the default configuration.

use super::{Configuration, DEFAULT};

/// The keys that a configuration must state.
const REQUIRED: &str = r#"
server = { listen = "127.0.0.1:8080", public_url = "http://127.0.0.1:8080", workers = 2 }
database = { url = "sqlite:gateway.db" }
objects = { url = "objects" }
capabilities = { key_file = "secrets/capability.key" }
[service]
id = "org.example.gateway"
name = "Genome programme gateway"
organization_name = "Example organisation"
organization_url = "https://example.org"
"#;

/// `docs/reference/configuration.md` states that an absent key has the value of the default configuration, if its explanation names no other value.
/// The explanations of `server.workers`, `service.environment`,
/// `service.contact_url`, `limits.anonymous_requests_per_minute` and `audit.checkpoint_dir` do.
#[test]
fn an_absent_key_has_the_value_of_the_default_configuration() {
    let absent: Configuration = toml::from_str(REQUIRED).unwrap();
    let mut default: Configuration = toml::from_str(DEFAULT).unwrap();
    assert!(default.audit.checkpoint_dir.take().is_some() && default.service.contact_url.take().is_some());
    assert!(default.limits.anonymous_requests_per_minute.take().is_some());
    assert_ne!(default.service.environment, absent.service.environment);
    default.service.environment = absent.service.environment;
    // An absent level is `info`, as the default configuration states.
    assert_eq!(default.log.level.take().as_deref(), Some("info"));
    assert_eq!(format!("{absent:#?}"), format!("{default:#?}"));
}
