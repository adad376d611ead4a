"""A small Transformer, encoder and decoder, learns to write a row of numbers backwards."""

import math

import torch
import torch.nn as nn

STEPS = 100
START, FIRST, TOKENS, LENGTH = 0, 1, 11, 8

torch.manual_seed(2)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_len=32):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return self.dropout(x + self.pe[:, : x.size(1)])


class Seq2Seq(nn.Module):
    def __init__(self, d_model=32):
        super().__init__()
        self.d_model = d_model
        self.embedding = nn.Embedding(TOKENS, d_model)
        self.position = PositionalEncoding(d_model)
        self.transformer = nn.Transformer(
            d_model,
            nhead=4,
            num_encoder_layers=2,
            num_decoder_layers=2,
            dim_feedforward=64,
            dropout=0.1,
            batch_first=True,
        )
        self.out = nn.Linear(d_model, TOKENS)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        src = self.position(self.embedding(src) * math.sqrt(self.d_model))
        tgt = self.position(self.embedding(tgt) * math.sqrt(self.d_model))
        return self.out(self.transformer(src, tgt, tgt_mask=mask, tgt_is_causal=True))


model = Seq2Seq()
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)
scheduler = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda s: 32**-0.5 * min((s + 1) ** -0.5, (s + 1) * 40**-1.5) * 0.1
)

model.train()
losses = []
for step in range(STEPS):
    src = torch.randint(FIRST, TOKENS, (16, LENGTH))
    wanted = src.flip(1)
    tgt = torch.cat([torch.full((16, 1), START), wanted[:, :-1]], dim=1)

    optimizer.zero_grad()
    logits = model(src, tgt)
    loss = criterion(logits.reshape(-1, TOKENS), wanted.reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    if step % 20 == 0:
        print(f"step {step}: loss {loss.item():.4f}")
