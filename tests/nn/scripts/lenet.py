"""LeNet learns to tell ten drawn digits apart."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

STEPS = 100


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.drop = nn.Dropout2d(0.1)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.drop(self.conv2(x))), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.dropout(F.relu(self.fc2(x)), training=self.training)
        return self.fc3(x)


torch.manual_seed(0)

# Digits as a pocket calculator shows them, shifted, a little noisy: bars top, upper left, upper right, middle, ...
bars = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"]
shapes = torch.zeros(10, 28, 28)
for digit, lit in enumerate(bars):
    places = [(4, slice(9, 19)), (slice(4, 14), 9), (slice(4, 14), 18), (13, slice(9, 19)),
              (slice(13, 23), 9), (slice(13, 23), 18), (22, slice(9, 19))]  # fmt: skip
    for on, place in zip(lit, places, strict=True):
        if on == "1":
            shapes[digit][place] = 1.0


def batch(size):
    labels = torch.randint(0, 10, (size,))
    images = torch.stack(
        [torch.roll(shapes[k], shifts=tuple(torch.randint(-2, 3, (2,)).tolist()), dims=(0, 1)) for k in labels]
    )
    return images.unsqueeze(1) + 0.1 * torch.randn(size, 1, 28, 28), labels


net = LeNet()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(net.parameters(), lr=0.002)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=40, gamma=0.5)

net.train()
losses = []
for step in range(STEPS):
    inputs, labels = batch(16)
    optimizer.zero_grad()
    outputs = net(inputs)
    loss = criterion(outputs, labels)
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    if step % 20 == 0:
        print(f"step {step}: loss {loss.item():.4f}")
