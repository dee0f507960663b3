//! Writes all deals to a file, as a line of JSON for each deal, such as in a nightly job. If it is interrupted,
//! the next run continues.
//!
//! `HEFFL_API_KEY=… cargo run --example sync_deals -- deals.ndjson`

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::{BufWriter, ErrorKind, Seek, SeekFrom, Write},
    path::Path,
};

use heffl::{
    Bookmark, Client,
    v2::{DealOrderBy, OrderDirection},
};
use serde::{Deserialize, Serialize};

/// How far a run has come.
#[derive(Default, Deserialize, Serialize)]
struct Progress {
    next: Bookmark,
    /// Length of the file at that position.
    bytes: u64,
    deals: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("give a file to write")?;
    let deals = sync(&Client::from_env()?, Path::new(&path)).await?;
    println!("{deals} deals in {path}");
    Ok(())
}

/// Writes all deals to a new file that replaces `target` at the end, and returns their number.
pub async fn sync(heffl: &Client, target: &Path) -> Result<u64, Box<dyn Error>> {
    let (part, place) = (
        target.with_extension("part"),
        target.with_extension("place"),
    );
    let mut progress = match fs::read(&place) {
        Ok(saved) => serde_json::from_slice(&saved)?,
        Err(error) if error.kind() == ErrorKind::NotFound => Progress::default(),
        Err(error) => return Err(error.into()),
    };
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&part)?;
    // Removes the lines after the saved bookmark; their deals are read again.
    file.set_len(progress.bytes)?;
    let mut file = BufWriter::new(file);
    file.seek(SeekFrom::End(0))?;

    // Oldest first, so that new deals come at the end.
    let list = heffl.v2().deals().list().page_size(100);
    let list = list
        .order_by(DealOrderBy::CreatedAt)
        .order_dir(OrderDirection::Asc);
    let mut deals = list.stream().resume(progress.next);
    while let Some(deal) = deals.try_next().await? {
        // Custom fields and undocumented keys are written as received.
        serde_json::to_writer(&mut file, &deal)?;
        file.write_all(b"\n")?;
        progress.deals += 1;
        if progress.deals.is_multiple_of(100) {
            file.flush()?;
            progress.next = deals.bookmark();
            progress.bytes = file.stream_position()?;
            fs::write(&place, serde_json::to_vec(&progress)?)?;
        }
    }
    file.flush()?;
    fs::rename(&part, target)?;
    match fs::remove_file(&place) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(progress.deals),
    }
}
