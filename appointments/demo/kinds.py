"""The four kinds of company in the demonstration world, by how they decide, and the people each has."""

from dataclasses import dataclass

from appointments.demo.names import words


@dataclass(frozen=True)
class Kind:
    key: str
    suffixes: dict[str, tuple[str, ...]]  # industry: words a company name ends in
    people: tuple[tuple[str, str, str, float], ...]  # role, title, department, how often such a person is known
    employees: tuple[int, int]
    sites: tuple[int, int]
    tag: str = ""
    regulated: tuple[str, ...] = ()


KINDS = (
    Kind(
        "cold",
        {
            "Cold storage": words("Coldstores Freezehouse Logistics"),
            "Food production": words("Foods Provisions Farms"),
            "Dairy": words("Dairies Creamery"),
            "Seafood": words("Seafood Fisheries"),
            "Bakery": words("Bakeries Mills"),
            "Frozen food": ("Frozen Foods", "Ices"),
        },
        (
            ("problem-owner", "Plant manager", "Operations", 1.0),
            ("technical-evaluator", "Refrigeration engineer", "Engineering", 0.6),
            ("champion", "Head of production", "Production", 0.35),
            ("approver", "Operations director", "Management", 0.7),
            ("unknown", "Marketing manager", "Marketing", 0.08),
        ),
        (60, 950),
        (1, 9),
        "R-404A",
        ("F-gas", "food hygiene"),
    ),
    Kind(
        "office",
        {
            "Law": words("Legal Solicitors"),
            "Accounting": words("Accountants Audit"),
            "Architecture": words("Architects Studio"),
            "Consulting": words("Consulting Advisers"),
            "Insurance": words("Insurance Mutual"),
        },
        (
            ("gatekeeper", "Office manager", "Administration", 1.0),
            ("problem-owner", "Facilities manager", "Facilities", 0.75),
            ("approver", "Managing partner", "Management", 0.7),
            ("budget-owner", "Head of finance", "Finance", 0.1),
        ),
        (35, 700),
        (1, 4),
        "front desk",
    ),
    Kind(
        "care",
        {
            "Care home group": words("Care Homes Residences"),
            "Clinic group": words("Clinics Health"),
            "Dental group": words("Dental"),
            "Hospice": words("Hospice"),
        },
        (
            ("problem-owner", "Estates manager", "Estates", 1.0),
            ("technical-evaluator", "Infection control lead", "Clinical", 0.55),
            ("budget-owner", "Finance director", "Finance", 0.7),
            ("legal", "Data protection officer", "Legal", 0.05),
        ),
        (80, 900),
        (1, 16),
        "own suppliers list",
        ("care",),
    ),
    Kind(
        "project",
        {
            "Construction": words("Construction Builders"),
            "Property development": words("Developments Property"),
            "Hotel": words("Hotels Inns"),
            "Museum": words("Museum Gallery"),
        },
        (
            ("problem-owner", "Project manager", "Projects", 1.0),
            ("technical-evaluator", "Building services engineer", "Engineering", 0.6),
            ("budget-owner", "Commercial director", "Finance", 0.7),
        ),
        (40, 600),
        (1, 6),
        "refit",
    ),
)

# Companies that no segment wants, so that a list leaves somebody out.
ELSEWHERE = Kind(
    "elsewhere",
    {
        "Retail": words("Stores Outfitters"),
        "Transport": words("Haulage Couriers"),
        "Software": words("Software Systems"),
    },
    (("unknown", "General manager", "Management", 1.0), ("executive", "Managing director", "Management", 0.5)),
    (20, 400),
    (1, 12),
)
