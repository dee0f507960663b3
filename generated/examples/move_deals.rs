//! Moves all deals of a stage to another, and tags them; all are given by name.
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
    let [pipeline, from, to, tag] = &names[..] else {
        return Err("give a pipeline, a stage, another stage and a tag".into());
    };
    println!(
        "{}",
        move_deals(&Client::from_env()?, pipeline, from, to, tag).await?
    );
    Ok(())
}

/// Moves the deals. A deal that cannot be moved does not stop the others.
pub async fn move_deals(
    heffl: &Client,
    pipeline: &str,
    from: &str,
    to: &str,
    tag: &str,
) -> Result<Report<Deal>, heffl::Error> {
    let v2 = heffl.v2();
    let pipelines = Index::read(v2.pipelines().list().into_call(), By::Name, |it| {
        it.name.clone()
    })
    .await?;
    let stages = Index::of(pipelines.get(pipeline)?.stages, By::Name, |it| {
        it.name.clone()
    });
    let tags = Index::read(v2.tags().list().into_call(), By::Name, |it| it.name.clone()).await?;
    let update = UpdateDeal::new()
        .stage_id(stages.get(to)?.id)
        .tags([tags.get(tag)?.id]);

    // All of them are read first: a list changes while its deals leave the stage.
    let list = v2
        .deals()
        .list()
        .page_size(100)
        .filter(DealFilter::stage_id().is(&stages.get(from)?.id));
    let deals = list.stream().try_collect().await?;
    Ok(Bulk::new(deals)
        .go_on()
        .run(|deal| v2.deals().update(&deal.id, update.clone()))
        .await)
}
