//! gemj-demo
