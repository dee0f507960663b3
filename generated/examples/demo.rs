//! A tour of the crate with a test server in the same process: it needs no key and no network.
//!
//! `cargo run -p heffl --example demo`

use std::{
    error::Error,
    time::{Duration, Instant},
};

use heffl::{
    Client, ClientId, Money, Patch,
    v2::{
        CreateCompany, CreateContact, CreateDeal, CreateQuotation, CreateQuotationLine, CreateTask,
        Deal, DealStatus, UpdateDeal,
    },
};
use heffl_test_server::{Fault, TestServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // The real quota is 60 requests a minute. Here its window has three seconds.
    let server = TestServer::builder()
        .quota(30)
        .window(Duration::from_secs(3))
        .start()?;
    let heffl = server.client()?;
    println!("A test server listens at {}.\n", server.base_url());
    let deal = sell(&heffl).await?;
    survive(&heffl, &server, deal).await?;

    let requests = server.requests();
    let failed = requests
        .iter()
        .filter(|request| request.status != Some(200))
        .count();
    println!(
        "\n17:00  {} requests, {failed} of which failed; nothing lost, nothing done twice",
        requests.len()
    );
    println!("       quota, as the client knows it: {:?}", heffl.quota());
    Ok(())
}

/// The morning: a customer, a deal, a quotation.
async fn sell(heffl: &Client) -> Result<Deal, Box<dyn Error>> {
    let v2 = heffl.v2();
    println!("09:00  A new company, and somebody who works there");
    let company = v2
        .companies()
        .create(CreateCompany::new("Northwind Storage").custom_field("cf_industry", "Logistics")?)
        .await?;
    let ana = CreateContact::new("Ana")
        .last_name("Silva")
        .email("ana@northwind.example");
    let ana = v2.contacts().create(ana).await?;
    println!("       {company}\n       {ana}");

    println!("\n10:00  A deal, with fields that only this workspace has");
    let pipelines = v2.pipelines().list().await?;
    let pipeline = pipelines.items().first().ok_or("no pipeline")?;
    let deal = CreateDeal::new("Shelving for two halls", &company.id, &pipeline.id)
        .price("24999.90".parse::<Money>()?)
        .custom_field("cf_halls", 2)?
        .custom_field("cf_colours", ["grey", "blue"])?;
    let deal = v2.deals().create(deal).await?;
    let halls: Option<u32> = deal.custom_fields.get("cf_halls")?;
    println!("       {deal} at {:?}, {halls:?} halls", deal.price);

    println!("\n11:00  A typo: the server tells the field, the error keeps it");
    let typo = v2.deals().create(CreateDeal::new(
        "Typo",
        ClientId::new("clt_999"),
        &pipeline.id,
    ));
    if let Err(error) = typo.await {
        println!("       {error}");
        for issue in error.issues() {
            println!("       {:?}: {}", issue.field(), issue.message());
        }
    }

    println!("\n12:00  A quotation from the deal");
    let templates = v2.document_templates().list().await?;
    let template = templates.items().first().ok_or("no template")?;
    let quotation = CreateQuotation::new(&company.id, &template.id)
        .deal_id(&deal.id)
        .subject("Shelving")
        .quotation_products([
            CreateQuotationLine::new()
                .name("Shelf")
                .quantity(40.0)
                .price("499.95".parse::<Money>()?),
            CreateQuotationLine::new()
                .name("Assembly")
                .price("5001.90".parse::<Money>()?),
        ]);
    let quotation = v2.quotations().create(quotation).await?;
    println!("       {quotation}: {:?}", quotation.total_amount);
    Ok(deal)
}

/// The afternoon: connections break, the server fails, the quota is used up.
async fn survive(heffl: &Client, server: &TestServer, deal: Deal) -> Result<(), Box<dyn Error>> {
    let v2 = heffl.v2();
    println!("\n14:00  The connection breaks in the middle of a create");
    server.fail("createTask", Fault::CutAfter)?;
    let call = CreateTask::new("Call Ana").entity(&deal.id);
    match v2.tasks().create(call).await {
        Err(error) => println!("       {error}"),
        Ok(task) => println!("       {task}"),
    }
    println!(
        "       so look before sending it again: {} task there",
        v2.tasks().list().await?.len()
    );

    println!("\n15:00  Sync of everything, page by page, while the server fails now and then");
    server.fail("listDeals", Fault::Status(503))?;
    let (client, pipeline) = (deal.client_id.as_ref(), deal.pipeline_id.as_ref());
    let (client, pipeline) = (client.ok_or("no client")?, pipeline.ok_or("no pipeline")?);
    for number in 1..=6 {
        let small = CreateDeal::new(format!("Small order {number}"), client, pipeline);
        v2.deals().create(small.price(100 * number)).await?;
    }
    let (mut count, mut pages) = (0, v2.deals().list().page_size(3).pages());
    while let Some(page) = pages.try_next().await? {
        count += page.len();
        println!("       a page of {}, {count} deals so far", page.len());
    }

    println!("\n16:00  Another program uses up the quota of the key");
    server.spend_quota(30);
    let began = Instant::now();
    let won = UpdateDeal::new()
        .status(DealStatus::Won)
        .expected_close_date(Patch::Clear);
    let deal = v2.deals().update(&deal.id, won).await?;
    println!(
        "       refused at first; waited {:.1} s as the server asked, then: {:?}",
        began.elapsed().as_secs_f32(),
        deal.status.ok_or("no status")?
    );
    Ok(())
}
