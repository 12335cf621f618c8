mod at_rest;
mod key;
mod s3;
