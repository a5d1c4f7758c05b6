"""Books of a small library: some of each category, all real."""

from marketplace.book import Book
from marketplace.category import Category

_TITLES: dict[Category, tuple[tuple[str, str, int], ...]] = {
    Category.MYSTERY: (
        ("The Maltese Falcon", "Dashiell Hammett", 1930),
        ("Murder on the Orient Express", "Agatha Christie", 1934),
        ("The Hound of the Baskervilles", "Arthur Conan Doyle", 1902),
        ("The Moonstone", "Wilkie Collins", 1868),
        ("Whose Body?", "Dorothy L. Sayers", 1923),
        ("The Leavenworth Case", "Anna Katharine Green", 1878),
        ("Trent's Last Case", "E. C. Bentley", 1913),
        ("The Circular Staircase", "Mary Roberts Rinehart", 1908),
    ),
    Category.SCIENCE_FICTION: (
        ("The Time Machine", "H. G. Wells", 1895),
        ("Frankenstein; or, The Modern Prometheus", "Mary Shelley", 1818),
        ("We", "Yevgeny Zamyatin", 1924),
        ("From the Earth to the Moon", "Jules Verne", 1865),
    ),
    Category.SELF_HELP: (
        ("Self-Help", "Samuel Smiles", 1859),
        ("How to Live on Twenty-Four Hours a Day", "Arnold Bennett", 1908),
        ("Meditations", "Marcus Aurelius", 180),
        ("The Conquest of Happiness", "Bertrand Russell", 1930),
    ),
    Category.FANTASY: (
        ("Phantastes", "George MacDonald", 1858),
        ("The King of Elfland's Daughter", "Lord Dunsany", 1924),
        ("Lud-in-the-Mist", "Hope Mirrlees", 1926),
        ("The Well at the World's End", "William Morris", 1896),
    ),
    Category.HISTORY: (
        ("The Histories", "Herodotus", -430),
        ("The Decline and Fall of the Roman Empire", "Edward Gibbon", 1776),
        ("The Waning of the Middle Ages", "Johan Huizinga", 1919),
        ("The Civilization of the Renaissance in Italy", "Jacob Burckhardt", 1860),
    ),
    Category.BIOGRAPHY: (
        ("The Life of Samuel Johnson", "James Boswell", 1791),
        ("Eminent Victorians", "Lytton Strachey", 1918),
        ("Confessions", "Jean-Jacques Rousseau", 1782),
        ("The Story of My Life", "Helen Keller", 1903),
    ),
    Category.ROMANCE: (
        ("Pride and Prejudice", "Jane Austen", 1813),
        ("Jane Eyre", "Charlotte Brontë", 1847),
        ("A Room with a View", "E. M. Forster", 1908),
        ("North and South", "Elizabeth Gaskell", 1854),
    ),
    Category.THRILLER: (
        ("The Thirty-Nine Steps", "John Buchan", 1915),
        ("The Riddle of the Sands", "Erskine Childers", 1903),
        ("The Secret Agent", "Joseph Conrad", 1907),
        ("The Prisoner of Zenda", "Anthony Hope", 1894),
    ),
}

SMALL_LIBRARY = tuple(
    Book(number, title, (author,), year, (category,))
    for number, (category, title, author, year) in enumerate(
        ((category, *book) for category, books in _TITLES.items() for book in books), start=1
    )
)
