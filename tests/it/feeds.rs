mod arrival;
mod map;
mod quarantine;
mod twenty_cases;
mod two_hospitals;
