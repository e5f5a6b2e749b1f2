"""Contains all the data models used in inputs/outputs"""

from .account_change import AccountChange
from .alias_body import AliasBody
from .alias_ruling import AliasRuling
from .alias_ruling_operation import AliasRulingOperation
from .alias_ruling_operation_asked import AliasRulingOperationAsked
from .alias_ruling_operation_to_sign_type_0 import AliasRulingOperationToSignType0
from .alias_seen import AliasSeen
from .alias_seen_page import AliasSeenPage
from .amount import Amount
from .amount_body import AmountBody
from .attest_body import AttestBody
from .audit_anchor import AuditAnchor
from .audit_entry import AuditEntry
from .audit_entry_page import AuditEntryPage
from .audit_head import AuditHead
from .backing import Backing
from .balance import Balance
from .balance_operation import BalanceOperation
from .balance_operation_asked import BalanceOperationAsked
from .balance_operation_to_sign_type_0 import BalanceOperationToSignType0
from .body_send_documents import BodySendDocuments
from .bound import Bound
from .chain_proven import ChainProven
from .changed import Changed
from .changed_operation import ChangedOperation
from .changed_operation_asked import ChangedOperationAsked
from .changed_operation_to_sign_type_0 import ChangedOperationToSignType0
from .column_seen import ColumnSeen
from .confirmed import Confirmed
from .consent_seen import ConsentSeen
from .contract_error import ContractError
from .contract_proven import ContractProven
from .contracts_proven import ContractsProven
from .court_hold import CourtHold
from .court_hold_operation import CourtHoldOperation
from .court_hold_operation_asked import CourtHoldOperationAsked
from .court_hold_operation_to_sign_type_0 import CourtHoldOperationToSignType0
from .court_order_body import CourtOrderBody
from .debt import Debt
from .decline_body import DeclineBody
from .deposit_body import DepositBody
from .difference import Difference
from .document import Document
from .document_page import DocumentPage
from .document_proven import DocumentProven
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
from .file_seen_list_operation_asked import FileSeenListOperationAsked
from .file_seen_list_operation_to_sign_type_0 import FileSeenListOperationToSignType0
from .finance_body import FinanceBody
from .financing import Financing
from .financing_page import FinancingPage
from .financing_request import FinancingRequest
from .financing_request_body import FinancingRequestBody
from .financing_request_operation import FinancingRequestOperation
from .financing_request_operation_asked import FinancingRequestOperationAsked
from .financing_request_operation_to_sign_type_0 import (
    FinancingRequestOperationToSignType0,
)
from .financing_request_page import FinancingRequestPage
from .finding_seen import FindingSeen
from .finding_seen_page import FindingSeenPage
from .flow import Flow
from .four_eyes import FourEyes
from .four_eyes_body import FourEyesBody
from .four_eyes_operation import FourEyesOperation
from .four_eyes_operation_asked import FourEyesOperationAsked
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
from .limit_body import LimitBody
from .line import Line
from .line_body import LineBody
from .line_operation import LineOperation
from .line_operation_asked import LineOperationAsked
from .line_operation_to_sign_type_0 import LineOperationToSignType0
from .list_reports_language_type_0 import ListReportsLanguageType0
from .list_vouchers_side_type_0 import ListVouchersSideType0
from .listed_plan import ListedPlan
from .listed_plan_page import ListedPlanPage
from .loan import Loan
from .loan_offer_body import LoanOfferBody
from .loan_offer_seen import LoanOfferSeen
from .loan_offer_seen_operation import LoanOfferSeenOperation
from .loan_offer_seen_operation_asked import LoanOfferSeenOperationAsked
from .loan_offer_seen_operation_to_sign_type_0 import LoanOfferSeenOperationToSignType0
from .loan_offer_seen_page import LoanOfferSeenPage
from .loan_operation import LoanOperation
from .loan_operation_asked import LoanOperationAsked
from .loan_operation_to_sign_type_0 import LoanOperationToSignType0
from .loan_page import LoanPage
from .loan_request_body import LoanRequestBody
from .lock_body import LockBody
from .lot import Lot
from .lot_body import LotBody
from .lot_measured import LotMeasured
from .lot_measured_operation import LotMeasuredOperation
from .lot_measured_operation_asked import LotMeasuredOperationAsked
from .lot_measured_operation_to_sign_type_0 import LotMeasuredOperationToSignType0
from .made import Made
from .made_operation import MadeOperation
from .made_operation_asked import MadeOperationAsked
from .made_operation_to_sign_type_0 import MadeOperationToSignType0
from .matched_invoice import MatchedInvoice
from .me import Me
from .money import Money
from .neighbourhood import Neighbourhood
from .netting import Netting
from .netting_leg import NettingLeg
from .netting_operation import NettingOperation
from .netting_operation_asked import NettingOperationAsked
from .netting_operation_to_sign_type_0 import NettingOperationToSignType0
from .new_key import NewKey
from .new_webhook import NewWebhook
from .obligation import Obligation
from .obligation_page import ObligationPage
from .obligation_read import ObligationRead
from .operation import Operation
from .operation_asked import OperationAsked
from .operation_page import OperationPage
from .operation_to_sign_type_0 import OperationToSignType0
from .origin import Origin
from .outcome import Outcome
from .overdue import Overdue
from .overdue_seen import OverdueSeen
from .overdue_seen_page import OverdueSeenPage
from .owner_said import OwnerSaid
from .paper import Paper
from .paper_line import PaperLine
from .participant import Participant
from .payment_attested import PaymentAttested
from .payment_body import PaymentBody
from .payment_confirmed import PaymentConfirmed
from .perhaps_amount_body import PerhapsAmountBody
from .piece_proven import PieceProven
from .piece_share import PieceShare
from .place import Place
from .plan import Plan
from .plan_body import PlanBody
from .plan_made import PlanMade
from .plan_made_operation import PlanMadeOperation
from .plan_made_operation_asked import PlanMadeOperationAsked
from .plan_made_operation_to_sign_type_0 import PlanMadeOperationToSignType0
from .planned import Planned
from .planned_step import PlannedStep
from .price import Price
from .problem import Problem
from .proof import Proof
from .quote_body import QuoteBody
from .quote_seen import QuoteSeen
from .quote_seen_operation import QuoteSeenOperation
from .quote_seen_operation_asked import QuoteSeenOperationAsked
from .quote_seen_operation_to_sign_type_0 import QuoteSeenOperationToSignType0
from .read_picture_language_type_0 import ReadPictureLanguageType0
from .read_report_language_type_0 import ReadReportLanguageType0
from .ready import Ready
from .reason import Reason
from .reason_body import ReasonBody
from .receipt_body import ReceiptBody
from .receipt_transfer_body import ReceiptTransferBody
from .receipt_transferred import ReceiptTransferred
from .receipt_transferred_operation import ReceiptTransferredOperation
from .receipt_transferred_operation_asked import ReceiptTransferredOperationAsked
from .receipt_transferred_operation_to_sign_type_0 import (
    ReceiptTransferredOperationToSignType0,
)
from .recovery import Recovery
from .redeemed import Redeemed
from .redeemed_left import RedeemedLeft
from .redeemed_operation import RedeemedOperation
from .redeemed_operation_asked import RedeemedOperationAsked
from .redeemed_operation_to_sign_type_0 import RedeemedOperationToSignType0
from .redemption_body import RedemptionBody
from .reject_body import RejectBody
from .repayment_body import RepaymentBody
from .replay_body import ReplayBody
from .report_seen import ReportSeen
from .run_outcome import RunOutcome
from .run_outcome_operation import RunOutcomeOperation
from .run_outcome_operation_asked import RunOutcomeOperationAsked
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
from .step_proven import StepProven
from .summary import Summary
from .summary_vouchers_by_state import SummaryVouchersByState
from .sums import Sums
from .terms_proven import TermsProven
from .tested import Tested
from .threshold import Threshold
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
from .warehouse_receipt_operation import WarehouseReceiptOperation
from .warehouse_receipt_operation_asked import WarehouseReceiptOperationAsked
from .warehouse_receipt_operation_to_sign_type_0 import (
    WarehouseReceiptOperationToSignType0,
)
from .warehouse_receipt_page import WarehouseReceiptPage
from .webhook import Webhook
from .webhook_body import WebhookBody
from .webhook_change import WebhookChange
from .webhook_made import WebhookMade
from .what_if import WhatIf
from .what_if_body import WhatIfBody

__all__ = (
    "AccountChange",
    "AliasBody",
    "AliasRuling",
    "AliasRulingOperation",
    "AliasRulingOperationAsked",
    "AliasRulingOperationToSignType0",
    "AliasSeen",
    "AliasSeenPage",
    "Amount",
    "AmountBody",
    "AttestBody",
    "AuditAnchor",
    "AuditEntry",
    "AuditEntryPage",
    "AuditHead",
    "Backing",
    "Balance",
    "BalanceOperation",
    "BalanceOperationAsked",
    "BalanceOperationToSignType0",
    "BodySendDocuments",
    "Bound",
    "ChainProven",
    "Changed",
    "ChangedOperation",
    "ChangedOperationAsked",
    "ChangedOperationToSignType0",
    "ColumnSeen",
    "Confirmed",
    "ConsentSeen",
    "ContractError",
    "ContractProven",
    "ContractsProven",
    "CourtHold",
    "CourtHoldOperation",
    "CourtHoldOperationAsked",
    "CourtHoldOperationToSignType0",
    "CourtOrderBody",
    "Debt",
    "DeclineBody",
    "DepositBody",
    "Difference",
    "Document",
    "DocumentPage",
    "DocumentProven",
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
    "FileSeenListOperationAsked",
    "FileSeenListOperationToSignType0",
    "FinanceBody",
    "Financing",
    "FinancingPage",
    "FinancingRequest",
    "FinancingRequestBody",
    "FinancingRequestOperation",
    "FinancingRequestOperationAsked",
    "FinancingRequestOperationToSignType0",
    "FinancingRequestPage",
    "FindingSeen",
    "FindingSeenPage",
    "Flow",
    "FourEyes",
    "FourEyesBody",
    "FourEyesOperation",
    "FourEyesOperationAsked",
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
    "LimitBody",
    "Line",
    "LineBody",
    "LineOperation",
    "LineOperationAsked",
    "LineOperationToSignType0",
    "ListedPlan",
    "ListedPlanPage",
    "ListReportsLanguageType0",
    "ListVouchersSideType0",
    "Loan",
    "LoanOfferBody",
    "LoanOfferSeen",
    "LoanOfferSeenOperation",
    "LoanOfferSeenOperationAsked",
    "LoanOfferSeenOperationToSignType0",
    "LoanOfferSeenPage",
    "LoanOperation",
    "LoanOperationAsked",
    "LoanOperationToSignType0",
    "LoanPage",
    "LoanRequestBody",
    "LockBody",
    "Lot",
    "LotBody",
    "LotMeasured",
    "LotMeasuredOperation",
    "LotMeasuredOperationAsked",
    "LotMeasuredOperationToSignType0",
    "Made",
    "MadeOperation",
    "MadeOperationAsked",
    "MadeOperationToSignType0",
    "MatchedInvoice",
    "Me",
    "Money",
    "Neighbourhood",
    "Netting",
    "NettingLeg",
    "NettingOperation",
    "NettingOperationAsked",
    "NettingOperationToSignType0",
    "NewKey",
    "NewWebhook",
    "Obligation",
    "ObligationPage",
    "ObligationRead",
    "Operation",
    "OperationAsked",
    "OperationPage",
    "OperationToSignType0",
    "Origin",
    "Outcome",
    "Overdue",
    "OverdueSeen",
    "OverdueSeenPage",
    "OwnerSaid",
    "Paper",
    "PaperLine",
    "Participant",
    "PaymentAttested",
    "PaymentBody",
    "PaymentConfirmed",
    "PerhapsAmountBody",
    "PieceProven",
    "PieceShare",
    "Place",
    "Plan",
    "PlanBody",
    "PlanMade",
    "PlanMadeOperation",
    "PlanMadeOperationAsked",
    "PlanMadeOperationToSignType0",
    "Planned",
    "PlannedStep",
    "Price",
    "Problem",
    "Proof",
    "QuoteBody",
    "QuoteSeen",
    "QuoteSeenOperation",
    "QuoteSeenOperationAsked",
    "QuoteSeenOperationToSignType0",
    "ReadPictureLanguageType0",
    "ReadReportLanguageType0",
    "Ready",
    "Reason",
    "ReasonBody",
    "ReceiptBody",
    "ReceiptTransferBody",
    "ReceiptTransferred",
    "ReceiptTransferredOperation",
    "ReceiptTransferredOperationAsked",
    "ReceiptTransferredOperationToSignType0",
    "Recovery",
    "Redeemed",
    "RedeemedLeft",
    "RedeemedOperation",
    "RedeemedOperationAsked",
    "RedeemedOperationToSignType0",
    "RedemptionBody",
    "RejectBody",
    "RepaymentBody",
    "ReplayBody",
    "ReportSeen",
    "RunOutcome",
    "RunOutcomeOperation",
    "RunOutcomeOperationAsked",
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
    "StepProven",
    "Summary",
    "SummaryVouchersByState",
    "Sums",
    "TermsProven",
    "Tested",
    "Threshold",
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
    "WarehouseReceiptOperation",
    "WarehouseReceiptOperationAsked",
    "WarehouseReceiptOperationToSignType0",
    "WarehouseReceiptPage",
    "Webhook",
    "WebhookBody",
    "WebhookChange",
    "WebhookMade",
    "WhatIf",
    "WhatIfBody",
)
