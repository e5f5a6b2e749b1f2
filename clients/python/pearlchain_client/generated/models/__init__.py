"""Contains all the data models used in inputs/outputs"""

from .amount import Amount
from .audit_anchor import AuditAnchor
from .audit_entry import AuditEntry
from .audit_entry_page import AuditEntryPage
from .audit_head import AuditHead
from .backing import Backing
from .balance import Balance
from .balance_operation import BalanceOperation
from .balance_operation_to_sign_type_0 import BalanceOperationToSignType0
from .body_send_documents import BodySendDocuments
from .bound import Bound
from .changed import Changed
from .changed_operation import ChangedOperation
from .changed_operation_to_sign_type_0 import ChangedOperationToSignType0
from .consent_seen import ConsentSeen
from .contract_error import ContractError
from .deposit_body import DepositBody
from .document import Document
from .document_page import DocumentPage
from .exposure_cell import ExposureCell
from .figures import Figures
from .file_seen import FileSeen
from .file_seen_list_operation import FileSeenListOperation
from .file_seen_list_operation_to_sign_type_0 import FileSeenListOperationToSignType0
from .finance_body import FinanceBody
from .finding_seen import FindingSeen
from .finding_seen_page import FindingSeenPage
from .four_eyes import FourEyes
from .four_eyes_body import FourEyesBody
from .four_eyes_operation import FourEyesOperation
from .four_eyes_operation_to_sign_type_0 import FourEyesOperationToSignType0
from .graph import Graph
from .graph_edge import GraphEdge
from .graph_node import GraphNode
from .health import Health
from .issue_body import IssueBody
from .key import Key
from .key_body import KeyBody
from .key_page import KeyPage
from .left import Left
from .line import Line
from .made import Made
from .made_operation import MadeOperation
from .made_operation_to_sign_type_0 import MadeOperationToSignType0
from .me import Me
from .money import Money
from .netting import Netting
from .netting_leg import NettingLeg
from .netting_operation import NettingOperation
from .netting_operation_to_sign_type_0 import NettingOperationToSignType0
from .new_key import NewKey
from .operation import Operation
from .operation_page import OperationPage
from .operation_to_sign_type_0 import OperationToSignType0
from .origin import Origin
from .outcome import Outcome
from .participant import Participant
from .payment_body import PaymentBody
from .piece_share import PieceShare
from .place import Place
from .plan import Plan
from .plan_body import PlanBody
from .plan_made import PlanMade
from .plan_made_operation import PlanMadeOperation
from .plan_made_operation_to_sign_type_0 import PlanMadeOperationToSignType0
from .planned_step import PlannedStep
from .price import Price
from .problem import Problem
from .quote_body import QuoteBody
from .quote_seen import QuoteSeen
from .quote_seen_operation import QuoteSeenOperation
from .quote_seen_operation_to_sign_type_0 import QuoteSeenOperationToSignType0
from .read_picture_language_type_0 import ReadPictureLanguageType0
from .read_proof_response_read_proof import ReadProofResponseReadProof
from .ready import Ready
from .redeemed import Redeemed
from .redeemed_left import RedeemedLeft
from .redeemed_operation import RedeemedOperation
from .redeemed_operation_to_sign_type_0 import RedeemedOperationToSignType0
from .redemption_body import RedemptionBody
from .reject_body import RejectBody
from .run_outcome import RunOutcome
from .run_outcome_operation import RunOutcomeOperation
from .run_outcome_operation_to_sign_type_0 import RunOutcomeOperationToSignType0
from .run_outcome_refused import RunOutcomeRefused
from .run_outcome_vouchers import RunOutcomeVouchers
from .signature_body import SignatureBody
from .step import Step
from .summary import Summary
from .summary_vouchers_by_state import SummaryVouchersByState
from .totals import Totals
from .transfer_body import TransferBody
from .user import User
from .user_body import UserBody
from .user_change import UserChange
from .user_page import UserPage
from .voucher import Voucher
from .voucher_page import VoucherPage

__all__ = (
    "Amount",
    "AuditAnchor",
    "AuditEntry",
    "AuditEntryPage",
    "AuditHead",
    "Backing",
    "Balance",
    "BalanceOperation",
    "BalanceOperationToSignType0",
    "BodySendDocuments",
    "Bound",
    "Changed",
    "ChangedOperation",
    "ChangedOperationToSignType0",
    "ConsentSeen",
    "ContractError",
    "DepositBody",
    "Document",
    "DocumentPage",
    "ExposureCell",
    "Figures",
    "FileSeen",
    "FileSeenListOperation",
    "FileSeenListOperationToSignType0",
    "FinanceBody",
    "FindingSeen",
    "FindingSeenPage",
    "FourEyes",
    "FourEyesBody",
    "FourEyesOperation",
    "FourEyesOperationToSignType0",
    "Graph",
    "GraphEdge",
    "GraphNode",
    "Health",
    "IssueBody",
    "Key",
    "KeyBody",
    "KeyPage",
    "Left",
    "Line",
    "Made",
    "MadeOperation",
    "MadeOperationToSignType0",
    "Me",
    "Money",
    "Netting",
    "NettingLeg",
    "NettingOperation",
    "NettingOperationToSignType0",
    "NewKey",
    "Operation",
    "OperationPage",
    "OperationToSignType0",
    "Origin",
    "Outcome",
    "Participant",
    "PaymentBody",
    "PieceShare",
    "Place",
    "Plan",
    "PlanBody",
    "PlanMade",
    "PlanMadeOperation",
    "PlanMadeOperationToSignType0",
    "PlannedStep",
    "Price",
    "Problem",
    "QuoteBody",
    "QuoteSeen",
    "QuoteSeenOperation",
    "QuoteSeenOperationToSignType0",
    "ReadPictureLanguageType0",
    "ReadProofResponseReadProof",
    "Ready",
    "Redeemed",
    "RedeemedLeft",
    "RedeemedOperation",
    "RedeemedOperationToSignType0",
    "RedemptionBody",
    "RejectBody",
    "RunOutcome",
    "RunOutcomeOperation",
    "RunOutcomeOperationToSignType0",
    "RunOutcomeRefused",
    "RunOutcomeVouchers",
    "SignatureBody",
    "Step",
    "Summary",
    "SummaryVouchersByState",
    "Totals",
    "TransferBody",
    "User",
    "UserBody",
    "UserChange",
    "UserPage",
    "Voucher",
    "VoucherPage",
)
