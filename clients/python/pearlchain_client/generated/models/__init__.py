"""Contains all the data models used in inputs/outputs"""

from .account_change import AccountChange
from .alias_seen import AliasSeen
from .alias_seen_page import AliasSeenPage
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
from .column_seen import ColumnSeen
from .confirmed import Confirmed
from .consent_seen import ConsentSeen
from .contract_error import ContractError
from .deposit_body import DepositBody
from .document import Document
from .document_page import DocumentPage
from .document_read import DocumentRead
from .enterprise_seen import EnterpriseSeen
from .enterprise_seen_page import EnterpriseSeenPage
from .event import Event
from .event_page import EventPage
from .exposure_cell import ExposureCell
from .figures import Figures
from .file_document import FileDocument
from .file_seen import FileSeen
from .file_seen_list_operation import FileSeenListOperation
from .file_seen_list_operation_to_sign_type_0 import FileSeenListOperationToSignType0
from .finance_body import FinanceBody
from .financing import Financing
from .financing_page import FinancingPage
from .finding_seen import FindingSeen
from .finding_seen_page import FindingSeenPage
from .flow import Flow
from .four_eyes import FourEyes
from .four_eyes_body import FourEyesBody
from .four_eyes_operation import FourEyesOperation
from .four_eyes_operation_to_sign_type_0 import FourEyesOperationToSignType0
from .graph import Graph
from .graph_edge import GraphEdge
from .graph_node import GraphNode
from .guarantee import Guarantee
from .health import Health
from .hold import Hold
from .issue_body import IssueBody
from .key import Key
from .key_body import KeyBody
from .key_page import KeyPage
from .ledger_key import LedgerKey
from .ledger_party import LedgerParty
from .left import Left
from .lien import Lien
from .line import Line
from .list_reports_language_type_0 import ListReportsLanguageType0
from .listed_plan import ListedPlan
from .listed_plan_page import ListedPlanPage
from .loan import Loan
from .loan_page import LoanPage
from .lot import Lot
from .made import Made
from .made_operation import MadeOperation
from .made_operation_to_sign_type_0 import MadeOperationToSignType0
from .matched_invoice import MatchedInvoice
from .me import Me
from .money import Money
from .neighbourhood import Neighbourhood
from .netting import Netting
from .netting_leg import NettingLeg
from .netting_operation import NettingOperation
from .netting_operation_to_sign_type_0 import NettingOperationToSignType0
from .new_key import NewKey
from .new_webhook import NewWebhook
from .obligation import Obligation
from .obligation_page import ObligationPage
from .obligation_read import ObligationRead
from .operation import Operation
from .operation_page import OperationPage
from .operation_to_sign_type_0 import OperationToSignType0
from .origin import Origin
from .outcome import Outcome
from .overdue import Overdue
from .overdue_seen import OverdueSeen
from .overdue_seen_page import OverdueSeenPage
from .paper import Paper
from .paper_line import PaperLine
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
from .read_report_language_type_0 import ReadReportLanguageType0
from .ready import Ready
from .reason import Reason
from .recovery import Recovery
from .redeemed import Redeemed
from .redeemed_left import RedeemedLeft
from .redeemed_operation import RedeemedOperation
from .redeemed_operation_to_sign_type_0 import RedeemedOperationToSignType0
from .redemption_body import RedemptionBody
from .reject_body import RejectBody
from .replay_body import ReplayBody
from .report_seen import ReportSeen
from .run_outcome import RunOutcome
from .run_outcome_operation import RunOutcomeOperation
from .run_outcome_operation_to_sign_type_0 import RunOutcomeOperationToSignType0
from .run_outcome_refused import RunOutcomeRefused
from .run_outcome_vouchers import RunOutcomeVouchers
from .sale import Sale
from .sale_page import SalePage
from .sent_file import SentFile
from .sent_file_page import SentFilePage
from .sent_file_read import SentFileRead
from .signature_body import SignatureBody
from .step import Step
from .summary import Summary
from .summary_vouchers_by_state import SummaryVouchersByState
from .sums import Sums
from .tested import Tested
from .tier import Tier
from .tier_page import TierPage
from .totals import Totals
from .trade_flow import TradeFlow
from .trade_flow_page import TradeFlowPage
from .transfer_body import TransferBody
from .use import Use
from .user import User
from .user_body import UserBody
from .user_change import UserChange
from .user_page import UserPage
from .voucher import Voucher
from .voucher_page import VoucherPage
from .warehouse_receipt import WarehouseReceipt
from .warehouse_receipt_page import WarehouseReceiptPage
from .webhook import Webhook
from .webhook_body import WebhookBody
from .webhook_change import WebhookChange

__all__ = (
    "AccountChange",
    "AliasSeen",
    "AliasSeenPage",
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
    "ColumnSeen",
    "Confirmed",
    "ConsentSeen",
    "ContractError",
    "DepositBody",
    "Document",
    "DocumentPage",
    "DocumentRead",
    "EnterpriseSeen",
    "EnterpriseSeenPage",
    "Event",
    "EventPage",
    "ExposureCell",
    "Figures",
    "FileDocument",
    "FileSeen",
    "FileSeenListOperation",
    "FileSeenListOperationToSignType0",
    "FinanceBody",
    "Financing",
    "FinancingPage",
    "FindingSeen",
    "FindingSeenPage",
    "Flow",
    "FourEyes",
    "FourEyesBody",
    "FourEyesOperation",
    "FourEyesOperationToSignType0",
    "Graph",
    "GraphEdge",
    "GraphNode",
    "Guarantee",
    "Health",
    "Hold",
    "IssueBody",
    "Key",
    "KeyBody",
    "KeyPage",
    "LedgerKey",
    "LedgerParty",
    "Left",
    "Lien",
    "Line",
    "ListedPlan",
    "ListedPlanPage",
    "ListReportsLanguageType0",
    "Loan",
    "LoanPage",
    "Lot",
    "Made",
    "MadeOperation",
    "MadeOperationToSignType0",
    "MatchedInvoice",
    "Me",
    "Money",
    "Neighbourhood",
    "Netting",
    "NettingLeg",
    "NettingOperation",
    "NettingOperationToSignType0",
    "NewKey",
    "NewWebhook",
    "Obligation",
    "ObligationPage",
    "ObligationRead",
    "Operation",
    "OperationPage",
    "OperationToSignType0",
    "Origin",
    "Outcome",
    "Overdue",
    "OverdueSeen",
    "OverdueSeenPage",
    "Paper",
    "PaperLine",
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
    "ReadReportLanguageType0",
    "Ready",
    "Reason",
    "Recovery",
    "Redeemed",
    "RedeemedLeft",
    "RedeemedOperation",
    "RedeemedOperationToSignType0",
    "RedemptionBody",
    "RejectBody",
    "ReplayBody",
    "ReportSeen",
    "RunOutcome",
    "RunOutcomeOperation",
    "RunOutcomeOperationToSignType0",
    "RunOutcomeRefused",
    "RunOutcomeVouchers",
    "Sale",
    "SalePage",
    "SentFile",
    "SentFilePage",
    "SentFileRead",
    "SignatureBody",
    "Step",
    "Summary",
    "SummaryVouchersByState",
    "Sums",
    "Tested",
    "Tier",
    "TierPage",
    "Totals",
    "TradeFlow",
    "TradeFlowPage",
    "TransferBody",
    "Use",
    "User",
    "UserBody",
    "UserChange",
    "UserPage",
    "Voucher",
    "VoucherPage",
    "WarehouseReceipt",
    "WarehouseReceiptPage",
    "Webhook",
    "WebhookBody",
    "WebhookChange",
)
