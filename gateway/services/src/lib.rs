//! gemj-services
