"""Texts as vectors: a model's embeddings where there is one, else TF-IDF of character n-grams."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings

from llm.client import is_local
from testing.questions.clustering import Vectors, unit
from testing.questions.matching import Likeness

TFIDF = "TF-IDF of character n-grams"
# Measured on labelled questions, see docs/discovery.md (`./run bench questions`).
LIKENESS_OF_TFIDF = Likeness(case=0.55, home=0.45, group=0.2)
# Not measured: embedding models put unlike questions of one subject closer together.
LIKENESS_OF_MODELS = Likeness(case=0.65, home=0.6, group=0.45)

DIMENSIONS = 256
_TEXTS_FITTED = 20_000
_MOST_GRAMS = 50_000
_TEXTS_FOR_RARE_GRAMS = 100


@dataclass(frozen=True)
class Space:
    """How texts are compared: by what, and from which cosine on they count as like."""

    name: str
    likeness: Likeness


def space() -> Space:
    """The space in use: a model's where a key or a server is set."""
    if is_local():
        return Space(TFIDF, LIKENESS_OF_TFIDF)
    return Space(settings.EMBEDDING_MODEL, LIKENESS_OF_MODELS)


def tfidf_vectors(texts: Sequence[str]) -> Vectors:
    """Unit vectors of texts that are to be compared with each other, one a text.

    TF-IDF of the n-grams of 3 to 5 characters inside words, brought to 256 dimensions by a
    truncated SVD (latent semantic analysis) where there are more texts than that. The vectors of
    one call are not comparable with those of another.
    """
    # scikit-learn takes a second to import: pages and other tasks must not pay it.
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    once = list(dict.fromkeys(texts))
    if not any(any(map(str.isalnum, text)) for text in once):
        return np.zeros((len(texts), 1), dtype=np.float32)
    grams = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(3, 5),
        sublinear_tf=True,
        min_df=2 if len(once) > _TEXTS_FOR_RARE_GRAMS else 1,
        max_features=_MOST_GRAMS,
        dtype=np.float32,
    ).fit_transform(once)
    if min(grams.shape) <= DIMENSIONS:
        vectors = grams.toarray()
    else:
        chosen = np.random.default_rng(0).permutation(len(once))[:_TEXTS_FITTED]
        svd = TruncatedSVD(DIMENSIONS, n_iter=4, random_state=0).fit(grams[np.sort(chosen)])
        vectors = svd.transform(grams)
    places = {text: place for place, text in enumerate(once)}
    return unit(vectors)[[places[text] for text in texts]]
