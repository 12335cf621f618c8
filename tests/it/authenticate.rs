mod hostile_tokens;
