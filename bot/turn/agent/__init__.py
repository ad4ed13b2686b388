"""One run of the OpenAI Agents SDK inside a turn: specialists, session, journal, cost."""
