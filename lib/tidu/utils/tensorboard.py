"""TensorBoard is not here: importing this says what to do instead. 这里没有 TensorBoard：导入时说明改用什么。"""

raise ImportError(
    "tidu 里没有 torch.utils.tensorboard：用 matplotlib 画曲线，或安装 tensorboardX（pip install tensorboardX），"
    "把这一行写成 from tensorboardX import SummaryWriter，add_scalar 照旧能用（传 loss.item()）。\n"
    "tidu has no torch.utils.tensorboard: draw curves with matplotlib, or install tensorboardX "
    "(pip install tensorboardX) and write this line as: from tensorboardX import SummaryWriter. "
    "Its add_scalar works as before, given loss.item().",
    name="tidu.utils.tensorboard",
)
