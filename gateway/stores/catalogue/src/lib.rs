//! gemj-catalogue
