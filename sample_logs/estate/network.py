"""The network of the estate samples: its accounts, VPCs, subnets, interfaces, gateways and security groups."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

REGION = "eu-central-1"
SHOP, DATA = "111122223333", "444455556666"
ZONES = {"a": ("eu-central-1a", "euc1-az2"), "b": ("eu-central-1b", "euc1-az3")}


def make_id(prefix: str, name: str) -> str:
    """Return an id as AWS makes them, always the same for a name."""
    return f"{prefix}-0" + sha256(name.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Vpc:
    """A VPC: name, account and address block."""

    name: str
    account: str
    cidr: str

    @property
    def id(self) -> str:
        """Its id."""
        return make_id("vpc", self.name)


@dataclass(frozen=True)
class Subnet:
    """A subnet: name, VPC, address block and zone (a key of ``ZONES``)."""

    name: str
    vpc: Vpc
    cidr: str
    zone: str

    @property
    def id(self) -> str:
        """Its id."""
        return make_id("subnet", f"{self.vpc.name} {self.name}")


@dataclass(frozen=True)
class Interface:
    """A network interface; ``kind`` is the type that the EC2 API reports."""

    name: str
    subnet: Subnet
    address: str
    group: str
    kind: str = "interface"
    description: str = ""
    public: str = ""
    address6: str = ""
    instance_type: str = ""

    @property
    def id(self) -> str:
        """Its id."""
        return make_id("eni", self.name)

    @property
    def instance(self) -> str:
        """The id of its instance; empty if it belongs to a service."""
        return make_id("i", self.name) if self.instance_type else ""

    @property
    def account(self) -> str:
        """The account that owns it."""
        return self.subnet.vpc.account

    @property
    def az_id(self) -> str:
        """The id of its zone."""
        return ZONES[self.subnet.zone][1]


PROD = Vpc("prod", SHOP, "10.10.0.0/16")
TOOLS = Vpc("tools", SHOP, "10.30.0.0/16")
LAB = Vpc("lab", SHOP, "10.10.0.0/16")
"""Has the addresses of ``PROD``: which host an address is depends on the VPC."""
WAREHOUSE = Vpc("warehouse", DATA, "10.20.0.0/16")
VPCS = (PROD, TOOLS, LAB, WAREHOUSE)

PUBLIC_A = Subnet("public-a", PROD, "10.10.0.0/24", "a")
PUBLIC_B = Subnet("public-b", PROD, "10.10.1.0/24", "b")
APP_A = Subnet("app-a", PROD, "10.10.16.0/20", "a")
APP_B = Subnet("app-b", PROD, "10.10.32.0/20", "b")
DB_A = Subnet("db-a", PROD, "10.10.48.0/24", "a")
DB_B = Subnet("db-b", PROD, "10.10.49.0/24", "b")
TRANSIT = Subnet("transit-a", PROD, "10.10.60.0/28", "a")
TOOLS_A = Subnet("tools-a", TOOLS, "10.30.0.0/24", "a")
LAB_A = Subnet("lab-a", LAB, "10.10.16.0/20", "a")
DATA_A = Subnet("data-a", WAREHOUSE, "10.20.8.0/24", "a")
DATA_TRANSIT = Subnet("transit-a", WAREHOUSE, "10.20.60.0/28", "a")
SUBNETS = (PUBLIC_A, PUBLIC_B, APP_A, APP_B, DB_A, DB_B, TRANSIT, TOOLS_A, LAB_A, DATA_A, DATA_TRANSIT)

NAT_ID, ENDPOINT_ID, S3_ENDPOINT_ID = make_id("nat", "nat-a"), make_id("vpce", "ecr"), make_id("vpce", "s3")
TGW_ID, PEERING_ID = make_id("tgw", "hub"), make_id("pcx", "prod tools")

ALB_A = Interface("shop-alb-a", PUBLIC_A, "10.10.0.10", "alb", description="ELB app/shop/0f1e2d3c4b5a6978")
ALB_B = Interface("shop-alb-b", PUBLIC_B, "10.10.1.10", "alb", description="ELB app/shop/0f1e2d3c4b5a6978")
NAT = Interface(
    *("nat-a", PUBLIC_A, "10.10.0.20", "", "nat_gateway", f"Interface for NAT Gateway {NAT_ID}"), public="28.10.1.20"
)
BASTION = Interface("bastion", PUBLIC_A, "10.10.0.30", "bastion", public="28.10.1.30", instance_type="t4g.nano")
WEB_1 = Interface("web-1", APP_A, "10.10.16.11", "web", instance_type="m7g.large")
WEB_2 = Interface("web-2", APP_B, "10.10.32.12", "web", instance_type="m7g.large")
WEB_3 = Interface("web-3", APP_A, "10.10.16.13", "web", address6="2d00:10:1600::13", instance_type="m7g.large")
BATCH = Interface("batch-1", APP_A, "10.10.16.50", "batch", instance_type="c7g.xlarge")
DB_1 = Interface("orders-db-1", DB_A, "10.10.48.5", "db", description="RDSNetworkInterface")
DB_2 = Interface("orders-db-2", DB_B, "10.10.49.5", "db", description="RDSNetworkInterface")
ECR = Interface(
    *("ecr-endpoint-a", APP_A, "10.10.16.100", "endpoint", "vpc_endpoint", f"VPC Endpoint Interface {ENDPOINT_ID}")
)
TGW_PROD = Interface(
    *("hub-prod", TRANSIT, "10.10.60.4", "", "transit_gateway"),
    description=f"Network Interface for Transit Gateway Attachment {make_id('tgw-attach', 'prod')}",
)
TGW_DATA = Interface(
    *("hub-warehouse", DATA_TRANSIT, "10.20.60.4", "", "transit_gateway"),
    description=f"Network Interface for Transit Gateway Attachment {make_id('tgw-attach', 'warehouse')}",
)
MONITOR = Interface("monitor", TOOLS_A, "10.30.0.9", "tools", instance_type="t4g.small")
LAB_BOX = Interface("lab-box", LAB_A, "10.10.16.11", "lab", instance_type="t3.micro")
STORE = Interface("warehouse-1", DATA_A, "10.20.8.2", "warehouse", instance_type="r7g.2xlarge")
INTERFACES = (
    *(ALB_A, ALB_B, NAT, BASTION, WEB_1, WEB_2, WEB_3, BATCH, DB_1, DB_2, ECR),
    *(TGW_PROD, TGW_DATA, MONITOR, LAB_BOX, STORE),
)

ANYONE = "0.0.0.0/0"
GROUPS: dict[str, tuple[Vpc, tuple[tuple[int, str], ...]]] = {
    "alb": (PROD, ((443, ANYONE), (80, ANYONE))),
    "bastion": (PROD, ((22, ANYONE), (3389, ANYONE))),
    "web": (PROD, ((8080, "alb"), (22, "bastion"), (443, "::/0"))),
    "batch": (PROD, ((22, "bastion"),)),
    "db": (PROD, ((5432, "web"), (5432, "batch"), (3306, "10.0.0.0/8"))),
    "endpoint": (PROD, ((443, "10.10.0.0/16"),)),
    "tools": (TOOLS, ((9100, "10.0.0.0/8"),)),
    "lab": (LAB, ((22, ANYONE),)),
    "warehouse": (WAREHOUSE, ((5439, "10.10.0.0/16"),)),
}
"""Security groups by name: their VPC, and the inbound TCP rules as port and CIDR or other group."""

AWS_RANGES = (
    ("28.0.0.0/8", "AMAZON", "eu-central-1"),
    ("28.10.0.0/16", "EC2", "eu-central-1"),
    ("28.20.0.0/17", "S3", "eu-central-1"),
    ("28.20.128.0/18", "DYNAMODB", "eu-central-1"),
    ("28.30.0.0/16", "CLOUDFRONT", "GLOBAL"),
    ("2d00:aa::/32", "AMAZON", "eu-central-1"),
)
"""Address ranges of AWS in this story: prefix, service and region."""
S3_ADDRESSES, DYNAMODB_ADDRESS = ("28.20.1.44", "28.20.1.45"), "28.20.130.7"
PAYMENTS, REGISTRY, MAIL, DROP, COMMAND = "29.50.7.7", "29.60.1.10", "29.70.0.25", "29.99.1.44", "30.13.13.13"
OFFICE, SCANNER, GUESSER, NEWCOMER = "26.40.0.7", "30.66.6.6", "30.77.7.7", "30.88.0.8"
CUSTOMERS = tuple(f"26.{net}.{host}.{host + 7}" for net in (1, 2, 9) for host in range(10, 30, 2))
CUSTOMER6 = "2d00:beef::77"
DOMAINS = {
    PAYMENTS: "api.payments.example.",
    REGISTRY: "registry.images.example.",
    MAIL: "mx.mail.example.",
    COMMAND: "cdn-7f3a.updates.example.",
    S3_ADDRESSES[0]: "shop-assets.s3.eu-central-1.amazonaws.com.",
}
"""Names that hosts of ``PROD`` asked the resolver for, by the address that they got."""
