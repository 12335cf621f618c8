mod twenty_cases;
