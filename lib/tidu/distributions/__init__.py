"""Probability distributions: samples, densities, moments. 概率分布。

Those that beginner material uses; a module each, as in PyTorch.
Source: https://docs.pytorch.org/docs/stable/distributions.html
"""

from tidu.distributions import constraints, kl
from tidu.distributions.bernoulli import Bernoulli
from tidu.distributions.beta import Beta
from tidu.distributions.binomial import Binomial
from tidu.distributions.categorical import Categorical
from tidu.distributions.cauchy import Cauchy
from tidu.distributions.dirichlet import Dirichlet
from tidu.distributions.distribution import Distribution
from tidu.distributions.exponential import Exponential
from tidu.distributions.gamma import Chi2, Gamma
from tidu.distributions.geometric import Geometric
from tidu.distributions.independent import Independent
from tidu.distributions.kl import kl_divergence, register_kl
from tidu.distributions.laplace import Laplace
from tidu.distributions.log_normal import LogNormal
from tidu.distributions.multinomial import Multinomial
from tidu.distributions.multivariate_normal import MultivariateNormal
from tidu.distributions.normal import Normal
from tidu.distributions.one_hot_categorical import OneHotCategorical
from tidu.distributions.poisson import Poisson
from tidu.distributions.uniform import Uniform

__all__ = [
    "Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Chi2", "Dirichlet", "Distribution", "Exponential",
    "Gamma", "Geometric", "Independent", "Laplace", "LogNormal", "Multinomial", "MultivariateNormal", "Normal",
    "OneHotCategorical", "Poisson", "Uniform", "constraints", "kl", "kl_divergence", "register_kl",
]  # fmt: skip
