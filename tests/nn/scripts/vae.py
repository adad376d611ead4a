"""A variational autoencoder of small pictures: one soft spot each, somewhere."""

import torch
from torch import nn, optim
from torch.nn import functional as F

STEPS = 100

torch.manual_seed(3)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(144, 64)
        self.fc21 = nn.Linear(64, 4)
        self.fc22 = nn.Linear(64, 4)
        self.fc3 = nn.Linear(4, 64)
        self.fc4 = nn.Linear(64, 144)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 144))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 144), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return (BCE + KLD) / x.size(0)


rows, columns = torch.meshgrid(torch.arange(12.0), torch.arange(12.0), indexing="ij")


def pictures(size):
    centres = 2 + 8 * torch.rand(2, size, 1, 1)
    widths = 1 + torch.rand(size, 1, 1)
    return torch.exp(-((rows - centres[0]) ** 2 + (columns - centres[1]) ** 2) / (2 * widths**2)).unsqueeze(1)


model = VAE()
optimizer = optim.Adam(model.parameters(), lr=1e-2)

model.train()
losses = []
for step in range(STEPS):
    data = pictures(32)
    optimizer.zero_grad()
    recon_batch, mu, logvar = model(data)
    loss = loss_function(recon_batch, data, mu, logvar)
    loss.backward()
    optimizer.step()
    losses.append(loss.item() / 144)  # a pixel's
    if step % 20 == 0:
        print(f"step {step}: loss {loss.item():.4f}")
