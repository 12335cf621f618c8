mod cross_origin;
mod error_shapes;
mod fair_streams;
mod operations;
