mod import;
mod record;
