//! Closes a deal as won, and creates a follow-up task. A second run changes nothing.
//!
//! `HEFFL_API_KEY=… cargo run --example win_deal -- dl_abc123`

use std::{env, error::Error};

use heffl::{
    Client, DateTime, DealId,
    jiff::{Timestamp, ToSpan},
    v2::{CreateTask, DealStatus, Task, UpdateDeal},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = env::args().nth(1).ok_or("give a deal")?.parse()?;
    let in_two_weeks = Timestamp::now() + (14 * 24).hours();
    let task = win(&Client::from_env()?, &id, in_two_weeks.into()).await?;
    println!("{task}");
    Ok(())
}

/// The task to follow up on a deal, which is won now.
pub async fn win(heffl: &Client, id: &DealId, due: DateTime) -> Result<Task, heffl::Error> {
    let deals = heffl.v2().deals();
    let deal = deals.get(id).await?;
    if deal.status != Some(DealStatus::Won) {
        deals
            .update(id, UpdateDeal::new().status(DealStatus::Won))
            .await?;
    }

    // A task of an earlier run has this title and this deal.
    let title = format!(
        "Follow up on {}",
        deal.title.as_deref().unwrap_or(id.as_str())
    );
    let mut tasks = heffl.v2().tasks().list().search(&title).stream();
    while let Some(task) = tasks.try_next().await? {
        if task.title == title && task.entity_id.as_deref() == Some(id.as_str()) {
            return Ok(task);
        }
    }
    let task = CreateTask::new(title).entity(id).due_date(due);
    heffl.v2().tasks().create(task).await
}
