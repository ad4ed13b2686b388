"""Stories on Zendesk tickets."""
