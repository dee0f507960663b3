//! Logs waits for the quota, repeated requests and failed calls, without parameters and bodies.
//!
//! `HEFFL_API_KEY=… cargo run --example log_calls`

/// Lists the tags, and logs what happens.
#[tokio::main]
pub async fn main() -> Result<(), heffl::Error> {
    tracing_subscriber::fmt().init();
    let heffl = heffl::Client::from_env()?;
    for tag in heffl.v2().tags().list().await? {
        println!("{tag}");
    }
    Ok(())
}
