//! Moves all deals of one stage to another, and tags them. Pipeline, stages and tag are given by name.
//!
//! `HEFFL_API_KEY=… cargo run --example move_deals -- Sales Proposal Negotiation "Spring campaign"`

use std::{env, error::Error};

use heffl::{
    Client,
    bulk::{Bulk, By, Index, Report},
    v2::{Deal, DealFilter, UpdateDeal},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let names: Vec<String> = env::args().skip(1).collect();
    let names = names.try_into();
    let names = names.map_err(|_| "give a pipeline, a stage, another stage and a tag")?;
    println!("{}", move_deals(&Client::from_env()?, &names).await?);
    Ok(())
}

/// Moves the deals. A deal that cannot be moved does not stop the others.
pub async fn move_deals(
    heffl: &Client,
    [pipeline, from, to, tag]: &[String; 4],
) -> Result<Report<Deal>, heffl::Error> {
    let v2 = heffl.v2();
    let list = v2.pipelines().list().into_call();
    let pipelines = Index::read(list, By::Name, |it| it.name.clone()).await?;
    let stages = pipelines.get(pipeline)?.stages;
    let stages = Index::of(stages, By::Name, |it| it.name.clone());
    let list = v2.tags().list().into_call();
    let tags = Index::read(list, By::Name, |it| it.name.clone()).await?;
    let (from, to, tag) = (stages.get(from)?.id, stages.get(to)?.id, tags.get(tag)?.id);
    let update = UpdateDeal::new().stage_id(to).tags([tag]);

    // Reads all deals first, because the list changes while deals leave the stage.
    let list = v2.deals().list().filter(DealFilter::stage_id().is(&from));
    let moves = Bulk::new(list.stream().try_collect().await?).go_on();
    Ok(moves
        .run(|deal| v2.deals().update(&deal.id, update.clone()))
        .await)
}
