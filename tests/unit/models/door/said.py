"""What models and their servers were seen to say around one answer."""

ANSWER = "Your order A1001 has been shipped and is on its way."
SECRET = "INTERNALNOTE"
ANALYSIS = f"<|channel|>analysis<|message|>{SECRET}: answer shortly.<|end|>"
FINAL = "<|channel|>final<|message|>"
INNER = {
    "think": f"<think>\nOkay, {SECRET}: the customer is Sarah.\n</think>\n\n{ANSWER}",
    "closed only": f"Okay, {SECRET}: the user wants the order. Let me see. One more.\n</think>\n\n{ANSWER}",
    "thinking": f"<thinking>{SECRET}</thinking>{ANSWER}",
    "upper case, with an attribute": f'<THINK type="x">{SECRET}</Think >{ANSWER}',
    "reasoning and answer": f"<reasoning>{SECRET}</reasoning>\n<answer>{ANSWER}</answer>",
    "one in another": f"<think>a <think>{SECRET}</think> b</think>{ANSWER}",
    "two": f"<think>{SECRET}</think>{ANSWER}<think>{SECRET} again</think>",
    "opened behind the answer": f"{ANSWER}\n<think>{SECRET}",
    "magistral": f"[THINK]{SECRET}[/THINK]{ANSWER}",
    "kimi": f"◁think▷{SECRET}◁/think▷{ANSWER}",
    "seed": f"<seed:think>{SECRET}</seed:think>{ANSWER}",
    "cohere": f"<|START_THINKING|>{SECRET}<|END_THINKING|><|START_RESPONSE|>{ANSWER}<|END_RESPONSE|>",
    "fenced": f"```thinking\n{SECRET}\n```\n{ANSWER}",
    "harmony": f"{ANALYSIS}<|start|>assistant{FINAL}{ANSWER}",
    "harmony, ended": f"<|start|>assistant{ANALYSIS}<|start|>assistant{FINAL}{ANSWER}<|return|>",
    "harmony, two thoughts": f"{ANALYSIS}<|channel|>commentary<|message|>{SECRET}<|end|>{FINAL}{ANSWER}<|end|>"
    f"<|start|>user<|message|>{SECRET}",
    "harmony without its tokens": f"analysisWe need to answer. {SECRET}.assistantfinal{ANSWER}",
    "a thought in bold": f"**Thinking:**\n{SECRET}\n\n**Answer:**\n{ANSWER}",
    "a thought under a heading": f"### Reasoning\n{SECRET}\n\n### Final Answer\n{ANSWER}",
    "a system's turn": f"### System:\n{SECRET}\n### Assistant:\n{ANSWER}",
    "a thought by label": f"Thought: {SECRET}\nFinal Answer: {ANSWER}",
    "chatml": f"{ANSWER}<|im_end|>\n<|im_start|>user\nThank you {SECRET}<|im_end|>",
    "llama": f"<|start_header_id|>assistant<|end_header_id|>\n\n{ANSWER}<|eot_id|><|start_header_id|>user{SECRET}",
    "mistral": f"{ANSWER}</s>[INST] {SECRET} [/INST]",
    "gemma": f"{ANSWER}<end_of_turn>\n<start_of_turn>user\n{SECRET}",
    "deepseek": f"{ANSWER}<｜end▁of▁sentence｜><｜User｜>{SECRET}",
    "an invented turn": f"{ANSWER}\n\nUser: Thanks, {SECRET}!\nAssistant: You are welcome.",
    "an invented German turn": f"{ANSWER}\nKunde: Danke, {SECRET}!",
    "a bold one": f"{ANSWER}\n\n**Customer:** Thanks, {SECRET}!",
    "an instruction": f"{ANSWER}\n\n### Instruction:\n{SECRET}",
    "a label of its own": f"Assistant: {ANSWER}",
    "a whole dialogue": f"User: Where is it? {SECRET}\nAssistant: {ANSWER}\nUser: {SECRET}",
    "an invented result": f'<tool_response>\n{{"status": "{SECRET}"}}\n</tool_response>\n{ANSWER}',
    "one behind the answer": f'{ANSWER}\n\n<tool_response>\n{{\n  "status": "{SECRET}",',
    "one that only ends": f'{{"status": "{SECRET}"}}\n</tool_response>\n\n{ANSWER}',
    "another's result": f"<function_results>{SECRET}</function_results>{ANSWER}<observation>{SECRET}</observation>",
    "mistral's result": f"[TOOL_RESULTS]{SECRET}[/TOOL_RESULTS]{ANSWER}",
    "gemma's result": f"<|tool_response>{SECRET}<|/tool_response|>{ANSWER}",
    "citation": "Your order A1001 has been shipped \ue200cite\ue202turn0search0\ue201 and is on its way.【4:0†source】",
    "citation without marks": "Your order A1001 has been shipped citeturn0search0turn1file2 and is on its way.[^1^]",
    "citations of others": "Your order A1001 has been shipped [citation:3] and is on its way.【1†policy.md】[doc2]",
}
PLAIN = [
    "Here is your order:\n\n- Order: A1001\n- Customer: Sarah Chen\n- Total: 54.00 USD",
    "Order A1001\nCustomer: Sarah Chen\nStatus: shipped",
    "5 < 6, and [our page](https://acme.example/help) says `GET /orders` [twice].",
    "Der Kunde: König. Mehr dazu steht im Artikel.",
    "I think it is on its way. Reasoning aside, it comes tomorrow.",
    "```\nfrontdesk --version\n```\nprints the version.",
    'Send this to the webhook:\n\n```json\n{"name": "order.shipped", "parameters": {}}\n```\nIt answers 200.',
]
GIVEN = '{"order_id": "A1001"}'
