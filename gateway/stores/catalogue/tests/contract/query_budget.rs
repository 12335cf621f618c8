use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gemj_catalogue::{QueryBudget, QueryBudgetError, QuestionDigest};
use gemj_model::{Clock, Timestamp};

use crate::world::*;

/// A clock that shows the time that the test sets.
struct Standing(AtomicI64);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

const BUDGET: QueryBudget = QueryBudget {
    questions: 3,
    window_s: 100,
};

fn digest(holder: u8, question: u8) -> QuestionDigest {
    QuestionDigest {
        holder: [holder; 32],
        question: [question; 32],
    }
}

fn exceeded(retry_after_s: u32) -> Result<(), QueryBudgetError> {
    Err(QueryBudgetError::Exceeded {
        questions: 3,
        retry_after_s,
    })
}

contract! {
    async fn a_repeated_query_is_free_and_the_window_slides(world: World) {
        let clock = Arc::new(Standing(AtomicI64::new(1_000_000_000_000)));
        let catalogue = world.catalogue.clone().with_clock(clock.clone());
        let ask = async |holder, question| catalogue.charge_question(&digest(holder, question), BUDGET).await;
        let later = |seconds: i64| { clock.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst); };
        assert_eq!(ask(1, 1).await, Ok(()));
        later(10);
        assert_eq!(ask(1, 2).await, Ok(()));
        assert_eq!(ask(1, 3).await, Ok(()));
        for question in [1, 2, 3] {
            assert_eq!(ask(1, question).await, Ok(()), "a repeated query");
        }
        assert_eq!(ask(1, 4).await, exceeded(91), "the first is 10 s old");
        assert_eq!(ask(2, 4).await, Ok(()), "each holder has a budget");
        later(89);
        assert_eq!(ask(1, 4).await, exceeded(2));
        later(1);
        assert_eq!(ask(1, 4).await, Ok(()), "the first has left the window");
        assert_eq!(ask(1, 1).await, exceeded(11), "and is charged again");
        assert_eq!(ask(1, 2).await, Ok(()));
    }

    async fn concurrent_queries_through_two_pools_never_exceed_the_budget(world: World) {
        let other = world.open_again().await;
        let asks: Vec<_> = (0..40u8).map(|n| {
            let catalogue = if n % 2 == 0 { world.catalogue.clone() } else { other.clone() };
            tokio::spawn(async move { (n % 20, catalogue.charge_question(&digest(7, n % 20), BUDGET).await) })
        }).collect();
        let mut answered = std::collections::BTreeSet::new();
        for ask in asks {
            let (question, outcome) = ask.await.unwrap();
            match outcome {
                Ok(()) => { answered.insert(question); }
                Err(QueryBudgetError::Exceeded { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(answered.len(), 3, "{answered:?}");
        other.close().await;
    }
}
