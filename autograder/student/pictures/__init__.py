"""The course's pictures, drawn for the page they stand on: ``from autograder.student import pictures``.

tensor, image       a tensor's numbers in their places, and a colour image beside its own
line                numbers on a line
memory, strides     a memory as a strip with views over it, and the same to play with
picks, indexing     the cells that an index expression picks, and the same to play with
heatmap, products   a matrix as coloured cells, and vᵀJ and J t to play with
digits              small grey images in rows, such as handwritten digits
loop                the loop of training
panels              curves side by side, each beside the one that it is compared with (by matplotlib)
loglog, histogram   curves over powers of ten, and how often numbers fall where (by matplotlib; the others need
                    nothing)
"""

from autograder.student.pictures.cells import image, tensor
from autograder.student.pictures.digits import digits
from autograder.student.pictures.line import line
from autograder.student.pictures.loop import loop
from autograder.student.pictures.matrix import heatmap
from autograder.student.pictures.panels import panels
from autograder.student.pictures.picks import indexing, picks
from autograder.student.pictures.picture import Picture
from autograder.student.pictures.plot import histogram, loglog
from autograder.student.pictures.products import products
from autograder.student.pictures.strides import strides
from autograder.student.pictures.strip import memory

__all__ = [
    "Picture", "digits", "heatmap", "histogram", "image", "indexing", "line", "loglog", "memory", "panels",
    "picks", "products", "strides", "tensor",
]  # fmt: skip
