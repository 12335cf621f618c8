mod key;
mod s3;
