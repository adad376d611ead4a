"""An LSTM tags the words of sentences: article, noun, verb, adjective, and the fill of the shorter ones not at all."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

STEPS = 100
PAD = -100

torch.manual_seed(1)

words = {"DET": ["the", "a", "every"], "NN": ["dog", "apple", "book", "cat", "child"],
         "V": ["ate", "read", "saw", "liked"], "ADJ": ["old", "green", "small"]}  # fmt: skip
tags = list(words)
vocabulary = {"<pad>": 0}
for kind in tags:
    for word in words[kind]:
        vocabulary[word] = len(vocabulary)


def sentence():
    kinds = []
    for _ in range(2):
        kinds += ["DET"] + ["ADJ"] * int(torch.randint(0, 3, ())) + ["NN", "V"]
    kinds.pop()
    chosen = [words[k][int(torch.randint(0, len(words[k]), ()))] for k in kinds]
    return torch.tensor([vocabulary[w] for w in chosen]), torch.tensor([tags.index(k) for k in kinds])


class LSTMTagger(nn.Module):
    def __init__(self, embedding_dim, hidden_dim, vocab_size, tagset_size):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        self.dropout = nn.Dropout(0.2)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, num_layers=2, dropout=0.1, bidirectional=True, batch_first=True)
        self.hidden2tag = nn.Linear(2 * hidden_dim, tagset_size)

    def forward(self, sentences, lengths):
        embeds = self.dropout(self.word_embeddings(sentences))
        packed = pack_padded_sequence(embeds, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.hidden2tag(out)


model = LSTMTagger(12, 16, len(vocabulary), len(tags))
loss_function = nn.CrossEntropyLoss(ignore_index=PAD)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

losses = []
for step in range(STEPS):
    pairs = [sentence() for _ in range(8)]
    lengths = torch.tensor([len(s) for s, _ in pairs])
    inputs = pad_sequence([s for s, _ in pairs], batch_first=True)
    targets = pad_sequence([t for _, t in pairs], batch_first=True, padding_value=PAD)

    model.zero_grad()
    scores = model(inputs, lengths)
    loss = loss_function(scores.view(-1, len(tags)), targets.view(-1))
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.item())
    if step % 20 == 0:
        print(f"step {step}: loss {loss.item():.4f}")
