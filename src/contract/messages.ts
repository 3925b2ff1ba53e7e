/**
 * The contract's messages under short names: codecs as values, shapes as types. What stands in proto/ is
 * generated into generated/; nothing is declared twice.
 *
 * A shape is what a sender may leave out fields of; 64-bit fields are Long (see int64.ts).
 */
import { warder } from './generated/warder.js';

const v1 = warder.v1;

export const { Event, LoggedEvent, EffectivePolicy, SignedPolicy, RuntimeMessage, GatewayMessage } = v1;
export const { SubscribeRequest, SubscribeResponse, Verdict, Outcome, Reason, Mode, Effect } = v1;
export const { ProcessNode, QueryRequest, QueryResponse, ProcessTreeRequest, ProcessTreeResponse } = v1;
export const { ListRunsRequest, ListRunsResponse, ListAgentsRequest, ListAgentsResponse } = v1;
export const { CommandKind, HeldAction } = v1;
export const NetworkKind = v1.NetworkAction.Kind;

export type Event = warder.v1.Event.$Properties;
export type LoggedEvent = warder.v1.LoggedEvent.$Properties;
export type EffectivePolicy = warder.v1.EffectivePolicy.$Properties;
export type SignedPolicy = warder.v1.SignedPolicy.$Properties;
export type RuntimeMessage = warder.v1.RuntimeMessage.$Properties;
export type GatewayMessage = warder.v1.GatewayMessage.$Properties;
export type Hello = warder.v1.Hello.$Properties;
export type Welcome = warder.v1.Welcome.$Properties;
export type Capability = warder.v1.Capability.$Properties;
export type EventBatch = warder.v1.EventBatch.$Properties;
export type PolicyRequest = warder.v1.PolicyRequest.$Properties;
export type PolicyUpdate = warder.v1.PolicyUpdate.$Properties;
export type EventFilter = warder.v1.EventFilter.$Properties;
export type SubscribeRequest = warder.v1.SubscribeRequest.$Properties;
export type SubscribeResponse = warder.v1.SubscribeResponse.$Properties;
export type Missed = warder.v1.Missed.$Properties;
export type QueryRequest = warder.v1.QueryRequest.$Properties;
export type QueryResponse = warder.v1.QueryResponse.$Properties;
export type ProcessTreeRequest = warder.v1.ProcessTreeRequest.$Properties;
export type ProcessTreeResponse = warder.v1.ProcessTreeResponse.$Properties;
export type ProcessNode = warder.v1.ProcessNode.$Properties;
export type ProgramStart = warder.v1.ProgramStart.$Properties;
export type ListRunsRequest = warder.v1.ListRunsRequest.$Properties;
export type ListRunsResponse = warder.v1.ListRunsResponse.$Properties;
export type RunSummary = warder.v1.RunSummary.$Properties;
export type Tally = warder.v1.Tally.$Properties;
export type ListAgentsRequest = warder.v1.ListAgentsRequest.$Properties;
export type ListAgentsResponse = warder.v1.ListAgentsResponse.$Properties;
export type AgentSummary = warder.v1.AgentSummary.$Properties;
export type Decision = warder.v1.Decision.$Properties;
export type RuleRef = warder.v1.RuleRef.$Properties;
export type Process = warder.v1.Process.$Properties;
export type Exec = warder.v1.Exec.$Properties;
export type FileOpen = warder.v1.FileOpen.$Properties;
export type FileChange = warder.v1.FileChange.$Properties;
export type Load = warder.v1.Load.$Properties;
export type Privileged = warder.v1.Privileged.$Properties;
export type NetworkAction = warder.v1.NetworkAction.$Properties;
export type ContextChange = warder.v1.ContextChange.$Properties;
export type NameLookup = warder.v1.NameLookup.$Properties;
export type Loss = warder.v1.Loss.$Properties;
export type Notice = warder.v1.Notice.$Properties;
export type Actor = warder.v1.Actor.$Properties;
export type GatewayEvent = warder.v1.GatewayEvent.$Properties;
export type Verdict = warder.v1.Verdict;
export type Outcome = warder.v1.Outcome;
export type Reason = warder.v1.Reason;
export type PutPoliciesRequest = warder.v1.PutPoliciesRequest.$Properties;
export type PutPoliciesResponse = warder.v1.PutPoliciesResponse.$Properties;
export type PolicyVersion = warder.v1.PolicyVersion.$Properties;
export type PromotePolicyResponse = warder.v1.PromotePolicyResponse.$Properties;
export type CheckActionRequest = warder.v1.CheckActionRequest.$Properties;
export type CheckActionResponse = warder.v1.CheckActionResponse.$Properties;
export type ActiveRun = warder.v1.ActiveRun.$Properties;
export type Command = warder.v1.Command.$Properties;
export type CommandResult = warder.v1.CommandResult.$Properties;
export type HeldAction = warder.v1.HeldAction.$Properties;
export type HoldAnswer = warder.v1.HoldAnswer.$Properties;
export type Hold = warder.v1.Hold.$Properties;
export type CommandKind = warder.v1.CommandKind;
export type PolicyBudget = warder.v1.PolicyBudget.$Properties;
export type Usage = warder.v1.Usage.$Properties;
export type BudgetShare = warder.v1.BudgetShare.$Properties;
export type BudgetReport = warder.v1.BudgetReport.$Properties;
export type BudgetStatus = warder.v1.BudgetStatus.$Properties;
export type ReportUsageRequest = warder.v1.ReportUsageRequest.$Properties;
export type ReportUsageResponse = warder.v1.ReportUsageResponse.$Properties;
