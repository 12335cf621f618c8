mod clock;
mod correct;
mod disclosures;
mod history;
mod import;
mod reconcile;
mod withdraw;
