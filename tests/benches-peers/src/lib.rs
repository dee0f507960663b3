//! What is measured, and with what it is compared.

pub mod data;
pub mod paired;
pub mod peers;
